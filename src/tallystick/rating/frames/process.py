"""A process that rates frames, seen from outside: started clean, asked in batches, killed when it does not answer.

Nothing that comes out of it is believed: an answer that is none ends it, and what it says of points is read as text.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import tallystick
from tallystick.errors import TallyError

CLEAN: Final = {"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0", "TZ": "UTC"}
"""The whole environment of a confined process, but for where this package lies."""
START_SECONDS: Final = 60.0
MOST_BYTES: Final = 1024**3
"""Of an answer."""
_KINDS: Final = ("ready", "points", "problem")
UNREADABLE: Final = "it answered with something else"
_HEADER: Final = 64
_CHUNK: Final = 1 << 20


class CellError(TallyError):
    """The process could not be started or confined."""


class StoppedError(Exception):
    """The process has ended, or was ended, before it answered. The text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a frame: ``points`` or ``problem``."""

    kind: str
    payload: bytes


class Cell:
    """A running process. Leaving the context ends it."""

    def __init__(
        self, module: str, settings: Mapping[str, Any], wall_seconds: float, *, packages: bool = False
    ) -> None:
        """``module`` is run, ``settings`` go in; an answer may take ``wall_seconds``.

        ``packages``: whether it can import what this process can. Raises CellError.
        """
        self._wall_seconds = wall_seconds
        self._read = bytearray()
        root = str(Path(tallystick.__file__).parent.parent)
        self._process = subprocess.Popen(
            [sys.executable, *([] if packages else ["-S"]), "-s", "-P", "-B", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={**CLEAN, "PYTHONPATH": os.pathsep.join([root, *(sys.path if packages else ())])},
            start_new_session=True,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        try:
            self._send(json.dumps(settings).encode() + b"\n")
            ready = self._answer(START_SECONDS)
        except StoppedError as error:
            self.end()
            raise CellError(f"The process of {module} did not start: {error}.") from error
        if ready.kind != "ready":
            self.end()
            raise CellError(f"The process of {module} could not get ready: {json.loads(ready.payload)['reason']}.")
        self.problems: list[dict[str, Any]] = json.loads(ready.payload)

    def __enter__(self) -> Cell:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def ask(self, batch: Sequence[bytes]) -> None:
        """Hand over frames, a line each. Raises StoppedError."""
        self._send(b"%d\n" % len(batch) + b"".join(batch))

    def answer(self) -> Answer:
        """What became of the next frame of the batch. Raises StoppedError."""
        return self._answer(self._wall_seconds)

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    def _send(self, data: bytes) -> None:
        rest = memoryview(data)
        deadline = time.monotonic() + START_SECONDS
        while rest:
            _, ready, _ = select.select([], [self._in], [], max(deadline - time.monotonic(), 0))
            if not ready:
                raise StoppedError("it takes nothing any more")
            try:
                rest = rest[os.write(self._in, rest[:_CHUNK]) :]
            except BrokenPipeError as error:
                raise StoppedError(self._ended()) from error

    def _answer(self, seconds: float) -> Answer:
        deadline = time.monotonic() + seconds
        while (end := self._read.find(b"\n", 0, _HEADER)) < 0:
            if len(self._read) >= _HEADER:
                raise StoppedError(UNREADABLE)
            self._receive(deadline, seconds)
        kind, _, size = bytes(self._read[:end]).decode(errors="replace").partition(" ")
        if kind not in _KINDS or not size.isdecimal() or int(size) > MOST_BYTES:
            raise StoppedError(UNREADABLE)
        begin, stop = end + 1, end + 1 + int(size)
        while len(self._read) < stop:
            self._receive(deadline, seconds)
        answer = Answer(kind, bytes(self._read[begin:stop]))
        del self._read[:stop]
        return answer

    def _receive(self, deadline: float, seconds: float) -> None:
        ready, _, _ = select.select([self._out], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            raise StoppedError(f"no end after {seconds:g} s")
        data = os.read(self._out, _CHUNK)
        if not data:
            raise StoppedError(self._ended())
        self._read += data

    def _ended(self) -> str:
        """How the process ended."""
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return "it closed its output"
        return f"it was ended by signal {-code}" if code < 0 else f"it ended itself with {code}"
