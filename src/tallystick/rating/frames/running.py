"""Rating the points of a file in a process of its own, frame by frame.

A frame that fails keeps the points that it had and is a problem; the others go on. A process that ends, or does not
answer, is replaced, and the frame that it was at is a problem.
"""

from __future__ import annotations

import json
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import duckdb

from tallystick.engine.duck import Resources, connect
from tallystick.rating.frames import tables
from tallystick.rating.frames.limits import Problem, ScriptLimits
from tallystick.rating.frames.process import UNREADABLE, Answer, Cell, StoppedError
from tallystick.rating.frames.tables import FrameKey, FrameText

_BATCH_BYTES: Final = 1 << 20
_TEXT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Program:
    """What rates: a module that ``cell.serving`` serves when it is run, and the settings that go in."""

    module: str
    settings: dict[str, Any]
    packages: bool = False
    """Whether it imports more than the standard library and this package."""


def run(
    program: Program, source: Path, target: Path, limits: ScriptLimits, resources: Resources
) -> tuple[Problem, ...]:
    """Have the points of a Parquet file rated by processes of a program; write another file.

    Both have the columns of ``POINTS``, and every price is there. Raises CellError where no process can be started.
    """
    with tempfile.TemporaryDirectory(dir=target.parent) as folder, closing(connect(resources)) as connection:
        answers = Path(folder, "answers.json")
        with answers.open("wb") as file, closing(_Run(program, limits, file)) as run:
            for batch in _batches(tables.frames(connection, source)):
                run.rate(batch)
        try:
            tables.write(connection, source, answers, run.done, target)
        except (duckdb.ConversionException, duckdb.InvalidInputException):
            answers.write_bytes(b"")
            run.disbelieve()
            tables.write(connection, source, answers, run.done, target)
    return tuple(run.problems)


class _Run:
    """The frames of one file on their way through processes."""

    def __init__(self, program: Program, limits: ScriptLimits, answers: BinaryIO) -> None:
        self.problems: list[Problem] = []
        self.done: list[tuple[FrameKey, bool]] = []
        shared = {"memory_bytes": limits.memory_bytes, "cpu_seconds": limits.cpu_seconds}
        self._program, self._settings = program, {**shared, **program.settings}
        self._limits, self._answers = limits, answers
        self._cell: Cell | None = None
        self._stops = 0

    def close(self) -> None:
        """End the process."""
        if self._cell is not None:
            self._cell.end()
            self._cell = None

    def disbelieve(self) -> None:
        """Every frame failed, as what was answered cannot be read; scripts can only cause that on purpose."""
        keys = [key for key, _ in self.done]
        self.problems, self.done = [], []
        for key in keys:
            self._fail(key, "", None, UNREADABLE)

    def rate(self, batch: Iterable[FrameText]) -> None:
        """Have a batch rated, by as many processes as it takes."""
        pending = deque(batch)
        while pending and not self._given_up():
            try:
                self._ask(pending)
            except StoppedError as error:
                self.close()
                self._stop(pending.popleft().key, "", None, str(error))
        if self._given_up():
            self.close()
        for frame in pending:
            self._fail(frame.key, "", None, f"not tried: scripts were stopped {self._stops} times before")

    def _ask(self, pending: deque[FrameText]) -> None:
        if self._cell is None:
            program = self._program
            self._cell = Cell(program.module, self._settings, self._limits.wall_seconds, packages=program.packages)
        self._cell.ask([frame.line for frame in pending])
        while pending and not self._given_up():
            self._take(pending[0].key, self._cell.answer())
            pending.popleft()

    def _take(self, key: FrameKey, answer: Answer) -> None:
        if answer.kind == "points":
            self._answers.write(answer.payload)
            self.done.append((key, False))
            return
        by, line, reason, endless = _told(answer)
        (self._stop if endless else self._fail)(key, by, line, reason)

    def _given_up(self) -> bool:
        return self._stops >= self._limits.stops

    def _stop(self, key: FrameKey, by: str, line: int | None, reason: str) -> None:
        self._stops += 1
        self._fail(key, by, line, reason)

    def _fail(self, key: FrameKey, by: str, line: int | None, reason: str) -> None:
        self.done.append((key, True))
        self.problems.append(Problem(key.scope_id, key.begin, key.end, by, line, reason))


def _batches(frames: Iterator[FrameText]) -> Iterator[list[FrameText]]:
    """Frames together, about a megabyte at a time."""
    batch: list[FrameText] = []
    size = 0
    for frame in frames:
        batch.append(frame)
        size += len(frame.line)
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _told(answer: Answer) -> tuple[str, int | None, str, bool]:
    """By whom, line, reason, and whether it was for want of an end. Raises StoppedError for what is no problem."""
    try:
        told = json.loads(answer.payload)
        line = told["line"]
        return (
            str(told["by"])[:_TEXT],
            None if line is None else int(line),
            str(told["reason"])[:_TEXT],
            told["endless"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise StoppedError(UNREADABLE) from error
