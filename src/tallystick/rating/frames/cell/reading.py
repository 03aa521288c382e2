"""From the text of a frame to its points, each distinct text read once.

A frame is one line of fields that end with a tab: its number, its scope, begin and end (microseconds of the epoch),
and ``FIELDS`` per point. What is no number is JSON, in which neither a tab nor the end of a line can stand. The points
are sorted by metric. Most attributes and quantities of a day come again in every period: they are read once and copied.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from tallystick.rating.frames.cell.frame import Frame, Given

FIELDS: Final = ("metric", "unit", "qty", "price", "groupby", "metadata", "origin")
"""Of a point. An origin is the whole number by which a point is known outside."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST: Final = 20_000
"""Texts of a kind that are remembered."""


class Reader:
    """Reads frames, one after the other."""

    def __init__(self) -> None:
        self._texts, self._numbers = _Known(json.loads), _Known(_number)
        self._tags: dict[str, str] = {}
        self._groupby, self._metadata = _Known(_attributes), _Known(_attributes)

    def read(self, line: str) -> tuple[int, str | None, Frame]:
        """Number, scope and frame."""
        number, scope, begin, end, points = line.split("\t", 4)
        frame_begin, frame_end = (_EPOCH + timedelta(microseconds=int(each)) for each in (begin, end))
        tags = date_tags(frame_begin)
        if tags != self._tags:
            self._tags, self._groupby = tags, _Known(lambda text: tags | _attributes(text))
        frame = Frame(frame_begin, frame_end, tags, self._points(points.split("\t")))
        return int(number), json.loads(scope), frame

    def _points(self, fields: list[str]) -> Iterator[Given]:
        fields.pop()  # after the last tab
        text, number = self._texts.__getitem__, self._numbers.__getitem__
        reads: tuple[Callable[[str], Any], ...] = (
            *(text, text, number, number),
            *(self._groupby.__getitem__, self._metadata.__getitem__, int),
        )
        return zip(*(map(read, fields[at :: len(FIELDS)]) for at, read in enumerate(reads)), strict=True)


class _Known(dict[str, Any]):
    """What texts say. Whoever changes that, changes a copy."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Any:
        if len(self) >= _MOST:
            self.clear()
        value = self[text] = self._read(text)
        return value


def date_tags(moment: datetime) -> dict[str, str]:
    """The attributes that every point has of its period's start, in UTC; not stored, as they follow from it."""
    return {
        "week_of_the_year": moment.strftime("%U"),
        "day_of_the_year": str(moment.timetuple().tm_yday),
        "month": str(moment.month),
        "year": str(moment.year),
    }


def _number(text: str) -> Decimal:
    """A number of 18 decimals, without the zeros at its end."""
    return Decimal(text.rstrip("0").rstrip("."))


def _attributes(text: str) -> dict[str, str]:
    return json.loads(text) or {}
