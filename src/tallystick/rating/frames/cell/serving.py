"""The talk with the process that started this one: batches of frames in, an answer for each frame out.

In: a line of settings; then per batch a line with its number of frames, and a line per frame. Out: per answer a line
``KIND BYTES``, and so many bytes. KIND is ``ready`` (after the settings, a JSON list of problems), ``points`` (JSON
lines) or ``problem`` (a JSON object). A batch is read before it is worked on, so neither side ever waits for the other
to read. Answers are flushed one by one: whoever kills this process knows which frame it was at.
"""

from __future__ import annotations

import decimal
import io
import json
import os
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol

from tallystick.rating.frames.cell.frame import Frame
from tallystick.rating.frames.cell.reading import Reader

REASON_LENGTH = 500


class Rater(Protocol):
    """What rates frames here."""

    def problems(self) -> list[dict[str, Any]]:
        """What is already known to be wrong."""

    def rate(self, frame: Frame, scope: str | None) -> None:
        """Change a frame. Raises RatingError."""


class RatingError(Exception):
    """A frame could not be rated: by whom (the name of a script or module), in which line, and why.

    ``endless`` says that it took too long.
    """

    def __init__(self, by: str, line: int | None, reason: str, *, endless: bool = False) -> None:
        super().__init__(reason)
        self.by, self.line, self.endless = by, line, endless

    def told(self) -> dict[str, Any]:
        """As a JSON object."""
        return {"by": self.by, "line": self.line, "reason": str(self), "endless": self.endless}


def told(error: BaseException) -> str:
    """An error in one line of bounded length."""
    try:
        text = " ".join(str(error).split())
    except Exception:  # an exception of a script's own may not even have a text
        text = ""
    return f"{type(error).__name__}: {text}"[:REASON_LENGTH] if text else type(error).__name__


def serve(prepare: Callable[[dict[str, Any]], Rater]) -> None:
    """Answer until the input ends. ``prepare`` makes of the settings what rates, and confines this process."""
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), _Nowhere(), _Nowhere()
    sys.__stdin__ = sys.__stdout__ = sys.__stderr__ = None  # type: ignore[misc]
    try:
        rater = prepare(json.loads(source.readline()))
    except Exception as error:
        _answer_json(target, "problem", RatingError("", None, told(error)).told())
        return
    _answer_json(target, "ready", rater.problems())
    reader = Reader()
    while header := source.readline():
        batch = [source.readline() for _ in range(int(header))]
        for line in batch:
            _work(rater, reader, line, target)


def _work(rater: Rater, reader: Reader, line: bytes, target: BinaryIO) -> None:
    decimal.setcontext(decimal.DefaultContext.copy())
    number, scope, frame = reader.read(line.decode())
    try:
        rater.rate(frame, scope)
        points = frame.write(number)
    except RatingError as error:
        _answer_json(target, "problem", error.told())
    except Exception as error:  # an attribute of a script's own may fail when it is asked for its text
        _answer_json(target, "problem", RatingError("", None, told(error)).told())
    else:
        _answer(target, "points", points)


def _answer(target: BinaryIO, kind: str, payload: bytes) -> None:
    target.write(b"%s %d\n" % (kind.encode(), len(payload)))
    target.write(payload)
    target.flush()


def _answer_json(target: BinaryIO, kind: str, value: object) -> None:
    _answer(target, kind, json.dumps(value).encode())


class _Nowhere(io.TextIOBase):
    """What a script prints goes nowhere."""

    def write(self, text: str, /) -> int:
        return len(text)
