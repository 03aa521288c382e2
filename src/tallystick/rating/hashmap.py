"""Hashmap rules: what ``models/hashmap.sql`` reads beside the points of a day.

A day is cut into *epochs*, stretches without a change of rules, of which each has the rules that count in it. A rule
counts for the points whose period starts in [``start_at``, ``end_at``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal, TypeVar

from tallystick.engine.relations import Value, relation_of
from tallystick.lake.schemas import ColumnType

Kind = Literal["flat", "rate"]

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
"""The start of what has always been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A price of a service or, with a ``field``, of one value of it. A rate multiplies the flat prices of its group."""

    service: str
    field: str | None = None
    value: str | None = None
    kind: Kind = "flat"
    cost: Decimal
    group_id: str = ""
    """Empty for the rules without a group, which make a subtotal of their own."""
    scope_id: str | None = None
    """None where it is for all scopes."""
    start_at: datetime = BEGINNING
    end_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A price from a level on: of the quantity or, with a ``field``, of the number that the field holds."""

    service: str
    field: str | None = None
    level: Decimal
    kind: Kind = "flat"
    cost: Decimal
    group_id: str = ""
    scope_id: str | None = None
    start_at: datetime = BEGINNING
    end_at: datetime | None = None


@dataclass(frozen=True, slots=True, order=True)
class Epoch:
    """A stretch of one UTC day, half-open, without a change of rules."""

    begin: datetime
    end: datetime


Rule = TypeVar("Rule", Mapping, Threshold)

_EPOCHS: Final = {
    "epoch": ColumnType.TIMESTAMP,
    "epoch_end": ColumnType.TIMESTAMP,
    "week_of_the_year": ColumnType.TEXT,
    "day_of_the_year": ColumnType.TEXT,
    "month_of_the_year": ColumnType.TEXT,
    "calendar_year": ColumnType.TEXT,
}
_RULES: Final = {
    "group_id": ColumnType.TEXT,
    "scope_id": ColumnType.TEXT,
    "kind": ColumnType.TEXT,
    "cost": ColumnType.DECIMAL,
}
_PARENT: Final = {"epoch": ColumnType.TIMESTAMP, "service": ColumnType.TEXT, "field": ColumnType.TEXT}
_MAPPINGS: Final = {**_PARENT, "value": ColumnType.TEXT, **_RULES}
_THRESHOLDS: Final = {**_PARENT, "level": ColumnType.DECIMAL, **_RULES}


def epochs(day: date, rules: Iterable[Mapping | Threshold]) -> tuple[Epoch, ...]:
    """The epochs of a UTC day."""
    begin = datetime.combine(day, time(), UTC)
    end = begin + timedelta(days=1)
    moments = {moment for rule in rules for moment in (rule.start_at, rule.end_at) if moment and begin < moment < end}
    return tuple(Epoch(*ends) for ends in pairwise([begin, *sorted(moments), end]))


def relations(epochs: Sequence[Epoch], mappings: Iterable[Mapping], thresholds: Iterable[Threshold]) -> dict[str, str]:
    """The relations that the model reads, as SELECTs by name.

    Where two rules have the same parent, value or level, group and scope, the later one of the sequence counts.
    """
    prices = {
        (epoch, rule.service, rule.field, rule.value, rule.group_id, rule.scope_id): rule
        for epoch, rule in _counting(epochs, mappings)
    }
    levels = {
        (epoch, rule.service, rule.field, rule.level, rule.group_id, rule.scope_id): rule
        for epoch, rule in _counting(epochs, thresholds)
    }
    return {
        "hashmap_epochs": relation_of(_EPOCHS, (_dated(epoch) for epoch in epochs)),
        "hashmap_mappings": relation_of(_MAPPINGS, ((*slot, rule.kind, rule.cost) for slot, rule in prices.items())),
        "hashmap_thresholds": relation_of(
            _THRESHOLDS, ((*slot, rule.kind, rule.cost) for slot, rule in levels.items())
        ),
    }


def _counting(epochs: Sequence[Epoch], rules: Iterable[Rule]) -> Iterator[tuple[datetime, Rule]]:
    for rule in rules:
        for epoch in epochs:
            if rule.start_at <= epoch.begin and (rule.end_at is None or epoch.begin < rule.end_at):
                yield epoch.begin, rule


def _dated(epoch: Epoch) -> tuple[Value, ...]:
    """With the date tags that CloudKitty's collectors give a point: weeks by Sundays, in two digits; no other zeros."""
    day = epoch.begin
    return epoch.begin, epoch.end, f"{day:%U}", str(day.timetuple().tm_yday), str(day.month), str(day.year)
