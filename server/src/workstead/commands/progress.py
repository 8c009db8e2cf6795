"""Steps with their times, on a terminal with a spinner, elsewhere as plain lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape


class Progress:
    """Prints ``✓ step  1.2 s`` for each step that is done and ``✗`` for the one that failed."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._began = time.perf_counter()

    @property
    def elapsed(self) -> float:
        """Seconds since this object was made."""
        return time.perf_counter() - self._began

    @contextmanager
    def step(self, title: str) -> Generator[Step]:
        """A step; it ends with the block."""
        step = Step(self.console, title)
        try:
            with self.console.status(escape(title)) as status:
                step.update = status.update
                yield step
        except BaseException:
            self.line("[red]✗[/]", title, step.seconds)
            raise
        self.line("[green]✓[/]", title + step.remark, step.seconds)

    def line(self, mark: str, title: str, seconds: float, indent: str = "") -> None:
        """One finished line."""
        self.console.print(f"{indent}{mark} {escape(title):<{70 - len(indent)}} {seconds:8.2f} s", soft_wrap=True)


class Step:
    """A step under way. ``remark`` is added to its line."""

    def __init__(self, console: Console, title: str) -> None:
        self._began = time.perf_counter()
        self.console = console
        self.title = title
        self.remark = ""
        self.update: Callable[[str], None] = lambda _: None

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return time.perf_counter() - self._began

    def show(self, what: str) -> None:
        """Say beside the spinner what is going on."""
        if self.console.is_terminal:
            self.update(escape(f"{self.title}: {what}"))
