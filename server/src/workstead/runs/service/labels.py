"""Tags, which change, and properties, which do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Table, delete, insert, select

from workstead.foundation.rows import fetch, marks
from workstead.runs import tables as t
from workstead_wire.base import Tags
from workstead_wire.errors import InvalidInput, PropertyImmutable

_KEY_MAX = 255


def merge_tags(conn: Connection, run_pk: int, change: Mapping[str, str | None]) -> None:
    """Set the tags that have a value, remove those that are None, leave all others."""
    if not change:
        return
    c = t.run_tags.c
    conn.execute(delete(t.run_tags).where(c.run_pk == run_pk, c.key.in_(list(change))))
    _insert(conn, t.run_tags, run_pk, {key: value for key, value in change.items() if value is not None})


def add_properties(conn: Connection, run_pk: int, run_id: str, given: Tags) -> None:
    """Add properties; one that is there with the same value is no error.

    Raises:
        PropertyImmutable: one is there with another value.
    """
    if not given:
        return
    c = t.run_properties.c
    query = select(c.key, c.value).where(c.run_pk == run_pk, c.key.in_(list(given)))
    kept = {row.key: row.value for row in conn.execute(query)}
    for key, old in kept.items():
        if given[key] != old:
            raise PropertyImmutable(
                f"property {key!r} of run {run_id!r} is {old!r} and cannot become {given[key]!r}: "
                "properties never change; use a tag for what does"
            )
    _insert(conn, t.run_properties, run_pk, {key: given[key] for key in given if key not in kept})


def read_labels(conn: Connection, table: Table, run_pks: Sequence[int]) -> dict[int, Tags]:
    """The tags or properties of each run that has some, by key."""
    found: dict[int, Tags] = {}
    query = f"SELECT run_pk, key, value FROM {table.name} WHERE run_pk IN ({marks(len(run_pks))}) ORDER BY run_pk, key"  # noqa: S608
    for run_pk, key, value in fetch(conn, query, *run_pks):
        found.setdefault(run_pk, {})[key] = value
    return found


def _insert(conn: Connection, table: Table, run_pk: int, values: Tags) -> None:
    for key in values:
        if not 1 <= len(key) <= _KEY_MAX:
            raise InvalidInput(
                f"{key[:80]!r} is no good key: it has {len(key)} characters, but may have 1 to {_KEY_MAX}"
            )
    if values:
        conn.execute(insert(table), [{"run_pk": run_pk, "key": key, "value": values[key]} for key in values])
