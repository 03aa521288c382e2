"""Shows what the planner is doing: bars on a terminal, a line per step elsewhere. Always on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from tallystick.cli.output import error_console


class Bars:
    """A bar per piece of work, in the order in which they began."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def step(self, text: str, done: int, total: int) -> None:
        """Moves the bar of ``text``; one of unknown length pulses until the next begins."""
        if text not in self._tasks:
            self._complete()
            self._tasks[text] = self._progress.add_task(text, total=None)
        self._progress.update(self._tasks[text], completed=done, total=total or None)

    def _complete(self) -> None:
        for task in self._progress.tasks:
            if task.total is None:
                self._progress.update(task.id, completed=1, total=1)


class Lines:
    """A line when a piece of work begins."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def step(self, text: str, done: int, total: int) -> None:  # noqa: ARG002
        """Says ``text`` once."""
        if text not in self._said:
            self._said.add(text)
            error_console().print(text)


@contextmanager
def watching() -> Iterator[Bars | Lines]:
    """Somebody who watches while the block runs."""
    console = error_console()
    if not console.is_terminal:
        yield Lines()
        return
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        yield Bars(progress)
