"""How things look in a notebook: a small table, every cell escaped, links in new tabs."""

from __future__ import annotations

from typing import Iterable, Mapping, Union


class Link:
    """A cell that leads to an address."""

    def __init__(self, url: str, text: str) -> None:
        self.url = url
        self.text = text

    def __str__(self) -> str:
        if not self.url.startswith(("http://", "https://")):
            return _escape(self.text)
        return f'<a href="{_escape(self.url)}" target="_blank" rel="noopener">{_escape(self.text)}</a>'


Cell = Union[str, int, None, Link]


def html_table(cells: Mapping[str, Cell]) -> str:
    """One row under its headings."""
    return html_rows(cells, [cells.values()])


def html_rows(headings: Iterable[str], rows: Iterable[Iterable[Cell]]) -> str:
    """Rows under their headings."""
    head = "".join(f"<th>{_escape(name)}</th>" for name in headings)
    body = "".join("<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table style="width:100%"><tr>{head}</tr>{body}</table>'


def _cell(cell: Cell) -> str:
    if isinstance(cell, Link):
        return str(cell)
    return _escape("" if cell is None else str(cell))


def _escape(text: str) -> str:
    from html import escape  # noqa: PLC0415  # its tables cost 2 ms

    return escape(text)
