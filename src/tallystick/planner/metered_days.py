"""The days of metered points, as planning sees them.

A day is computed from its own points. Where its prices depend on what was used before in the calendar month, the
points of the month's earlier days are inputs too: then, and only then, a change of one of those makes it stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from tallystick.engine.models import POINTS_INPUT
from tallystick.lake.parts import Part, Partition
from tallystick.lake.schemas import POINTS, TableSchema
from tallystick.rating.days import DayRating
from tallystick.rating.withdrawals import WithdrawnFile


@dataclass(frozen=True, slots=True)
class Input:
    """A view that a model reads: its name, and the parts of a table behind it."""

    view: str
    table: TableSchema
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class MeteredDay:
    """The points of a source on a UTC day: their parts, how they are rated, and what of them does not count."""

    partition: Partition
    """Source and day."""
    points: tuple[Part, ...]
    rating: DayRating
    withdrawn: tuple[WithdrawnFile, ...]
    earlier: tuple[Part, ...] = ()
    """The points of the month's earlier days, where prices depend on them."""
    earlier_withdrawn: tuple[WithdrawnFile, ...] = ()
    """What of those does not count."""

    @property
    def relations(self) -> Mapping[str, str]:
        """What models read beside the points, as SELECTs by name."""
        return self.rating.relations(sorted({*self.withdrawn, *self.earlier_withdrawn}))

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The views that its rating reads."""
        delivered = Input(POINTS_INPUT, POINTS, self.points)
        return (delivered, Input("earlier_points", POINTS, self.earlier)) if self.rating.by_month else (delivered,)


def in_their_months(days: Iterable[MeteredDay]) -> Iterator[MeteredDay]:
    """Days in order, each with those of its source and month before it where its prices depend on them."""
    ordered = sorted(days, key=lambda day: day.partition)
    for _month, found in groupby(ordered, lambda day: day.partition.month):
        earlier: list[MeteredDay] = []
        for day in found:
            yield _after(earlier, day) if day.rating.by_month else day
            earlier.append(day)


def _after(earlier: Iterable[MeteredDay], day: MeteredDay) -> MeteredDay:
    before = list(earlier)
    points = tuple(part for one in before for part in one.points)
    return replace(day, earlier=points, earlier_withdrawn=tuple(file for one in before for file in one.withdrawn))
