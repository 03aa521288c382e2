"""Hashmap rules: what ``models/hashmap.sql`` reads beside the points of a day.

A day is cut into *epochs*, stretches without a change of rules, of which each has the rules that count in it. A rule
counts for the points whose period starts in [``start_at``, ``end_at``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal

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

    def has(self, rule: Mapping | Threshold) -> bool:
        """Whether a rule counts in it."""
        return rule.start_at <= self.begin and (rule.end_at is None or self.begin < rule.end_at)


_PARENT: Final = {"valid_from": ColumnType.TIMESTAMP, "service": ColumnType.TEXT}
_ASPECTS: Final = {
    **_PARENT,
    "valid_until": ColumnType.TIMESTAMP,
    "position": ColumnType.INTEGER,
    "aspect": ColumnType.TEXT,
}
_SCOPES: Final = {**_PARENT, "scope_id": ColumnType.TEXT}
_RULES: Final = {
    **_PARENT,
    "position": ColumnType.INTEGER,
    "told": ColumnType.TEXT,
    "level": ColumnType.DECIMAL,
    "group_id": ColumnType.TEXT,
    "scope_id": ColumnType.TEXT,
    "kind": ColumnType.TEXT,
    "cost": ColumnType.DECIMAL,
}


def epochs(day: date, rules: Iterable[Mapping | Threshold]) -> tuple[Epoch, ...]:
    """The epochs of a UTC day."""
    begin = datetime.combine(day, time(), UTC)
    end = begin + timedelta(days=1)
    moments = {moment for rule in rules for moment in (rule.start_at, rule.end_at) if moment and begin < moment < end}
    return tuple(Epoch(*ends) for ends in pairwise([begin, *sorted(moments), end]))


def relations(epochs: Sequence[Epoch], mappings: Iterable[Mapping], thresholds: Iterable[Threshold]) -> dict[str, str]:
    """The relations that the model reads, as SELECTs by name.

    Where two rules have the same parent, value or level, group and scope, the later one of the sequence counts.
    Thresholds with a level of -1 or less never count.
    """
    rules: list[Mapping | Threshold] = [*mappings, *(one for one in thresholds if one.level > -1)]
    aspects: list[tuple[Value, ...]] = []
    scopes: list[tuple[Value, ...]] = []
    written: dict[tuple[Value, ...], tuple[Value, ...]] = {}
    for epoch in epochs:
        counting = [rule for rule in rules if epoch.has(rule)]
        fields = _fields(counting)
        aspects += (
            (epoch.begin, service, epoch.end, position, _aspect(service, field, epoch.begin))
            for service, positions in fields.items()
            for field, position in positions.items()
        )
        own = {(rule.service, rule.scope_id): None for rule in counting if rule.scope_id is not None}
        scopes += ((epoch.begin, service, scope) for service, scope in own)
        for rule in counting:
            aspect = fields[rule.service][rule.field], *_told(rule)
            written[epoch.begin, rule.service, *aspect, rule.group_id, rule.scope_id] = rule.kind, rule.cost
    return {
        "hashmap_aspects": relation_of(_ASPECTS, aspects),
        "hashmap_scopes": relation_of(_SCOPES, scopes),
        "hashmap_rules": relation_of(_RULES, ((*slot, *price) for slot, price in written.items())),
    }


def _fields(rules: Iterable[Mapping | Threshold]) -> dict[str, dict[str | None, int]]:
    """Per service the positions of the fields that rules look at, by name, after that of the service itself."""
    found: dict[str, set[str]] = {}
    for rule in rules:
        found.setdefault(rule.service, set()).update([rule.field] if rule.field is not None else [])
    return {
        service: {field: position for position, field in enumerate([None, *sorted(fields)], start=1)}
        for service, fields in found.items()
    }


def _aspect(service: str, field: str | None, day: datetime) -> str:
    """As the model reads it. The date tags of a point are those that CloudKitty's collectors give it."""
    if field is None:
        return f"={service}"
    tags = {
        "week_of_the_year": f"{day:%U}",
        "day_of_the_year": str(day.timetuple().tm_yday),
        "month": str(day.month),
        "year": str(day.year),
    }
    return f"={tags[field]}" if field in tags else f":{field}"


def _told(rule: Mapping | Threshold) -> tuple[str, Decimal | None]:
    """What an aspect must be for a rule to be looked at, and its level."""
    if isinstance(rule, Threshold):
        return "#", rule.level
    return f"={rule.service if rule.field is None else rule.value}", None
