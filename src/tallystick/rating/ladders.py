"""Ladders: unit prices that follow from how much a scope has used of a metric in the calendar month (UTC).

Only what of the quantity lies in a tier costs that tier's price; a first tier that costs nothing is a monthly
allowance. ``models/tiers.sql`` reads them beside the points of a day. A ladder counts for the points whose period
starts in [``start_at``, ``end_at``); what was used in the month before it began counts, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from tallystick.engine.relations import Value, relation_of
from tallystick.lake.schemas import ColumnType
from tallystick.rating.hashmap import BEGINNING, epochs


@dataclass(frozen=True, slots=True)
class Tier:
    """A unit price for what lies above the tier before, up to a quantity, or of all that is more."""

    up_to: Decimal | None
    cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The tiers of a service from the lowest to the highest, whose ``up_to`` is None."""

    service: str
    scope_id: str | None = None
    """None where it is for all scopes that have none of their own."""
    tiers: tuple[Tier, ...]
    start_at: datetime = BEGINNING
    end_at: datetime | None = None


_TIERS: Final = {
    "begin_at": ColumnType.TIMESTAMP,
    "end_at": ColumnType.TIMESTAMP,
    "service": ColumnType.TEXT,
    "scope_id": ColumnType.TEXT,
    "from_qty": ColumnType.DECIMAL,
    "cost": ColumnType.DECIMAL,
}


def relation(day: date, ladders: Iterable[Ladder]) -> str:
    """The ladders of a UTC day as the model reads them, a row per tier.

    Where two are of one service and scope, the later one of the sequence counts.
    """
    return relation_of(_TIERS, _rows(day, list(ladders)))


def _rows(day: date, ladders: list[Ladder]) -> Iterator[tuple[Value, ...]]:
    for epoch in epochs(day, ladders):
        counting = {(one.service, one.scope_id): one for one in ladders if epoch.has(one)}
        for place, ladder in counting.items():
            lower_ends = [Decimal(0), *(tier.up_to for tier in ladder.tiers[:-1])]
            for from_qty, tier in zip(lower_ends, ladder.tiers, strict=True):
                yield epoch.begin, epoch.end, *place, from_qty, tier.cost
