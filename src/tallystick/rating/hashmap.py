"""Hashmap rules: what ``models/hashmap.sql`` reads beside the points of a day.

A day is cut into *epochs*, stretches without a change of rules, of which each has the rules that count in it. A rule
counts for the points whose period starts in [``start_at``, ``end_at``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Final, Literal, Protocol

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


class Dated(Protocol):
    """What counts for the periods that start in [``start_at``, ``end_at``)."""

    @property
    def start_at(self) -> datetime: ...
    @property
    def end_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True, order=True)
class Epoch:
    """A stretch of one UTC day, half-open, without a change of rules."""

    begin: datetime
    end: datetime

    def has(self, rule: Dated) -> bool:
        """Whether a rule counts in it."""
        return rule.start_at <= self.begin and (rule.end_at is None or self.begin < rule.end_at)


Rule = Mapping | Threshold

_PARENT: Final = {"valid_from": ColumnType.TIMESTAMP, "service": ColumnType.TEXT}
_PRICE: Final = {"kind": ColumnType.TEXT, "cost": ColumnType.DECIMAL}
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
    "standing": ColumnType.INTEGER,
    **_PRICE,
}
_STEPS: Final = {
    **_PARENT,
    "own_scope": ColumnType.TEXT,
    "group_id": ColumnType.TEXT,
    "from_qty": ColumnType.DECIMAL,
    "upto_qty": ColumnType.DECIMAL,
    "level": ColumnType.DECIMAL,
    **_PRICE,
}
_LEAST, _MOST = (Decimal(f"{sign}99999999999999999999.999999999999999999") for sign in "-+")
_SMALLEST: Final = Decimal("1e-18")


def epochs(day: date, rules: Iterable[Dated]) -> tuple[Epoch, ...]:
    """The epochs of a UTC day."""
    begin = datetime.combine(day, time(), UTC)
    end = begin + timedelta(days=1)
    moments = {moment for rule in rules for moment in (rule.start_at, rule.end_at) if moment and begin < moment < end}
    return tuple(Epoch(*ends) for ends in pairwise([begin, *sorted(moments), end]))


def relations(epochs: Sequence[Epoch], mappings: Iterable[Mapping], thresholds: Iterable[Threshold]) -> dict[str, str]:
    """The relations that the model reads, as SELECTs by name.

    Where two rules have the same parent, value or level, group and scope, the later one of the sequence counts.
    Thresholds with a level of -1 or less never count, nor do rules of the scope that is called by no name.
    """
    every: list[Rule] = [*mappings, *(one for one in thresholds if one.level > -1)]
    rules = [rule for rule in every if rule.scope_id != ""]
    found = [_Counting(epoch, [rule for rule in rules if epoch.has(rule)]) for epoch in epochs]
    return {
        "hashmap_aspects": relation_of(_ASPECTS, (row for one in found for row in one.aspects())),
        "hashmap_scopes": relation_of(_SCOPES, (row for one in found for row in one.scopes())),
        "hashmap_rules": relation_of(_RULES, (row for one in found for row in one.rows())),
        "hashmap_steps": relation_of(_STEPS, (row for one in found for row in one.steps())),
    }


_Row = tuple[Value, ...]


@dataclass(frozen=True)
class _Counting:
    """The rules that count in an epoch, as rows of the relations."""

    epoch: Epoch
    rules: Sequence[Rule]

    @cached_property
    def _fields(self) -> dict[str, dict[str | None, int]]:
        return _fields(self.rules)

    @cached_property
    def _own_scopes(self) -> dict[str, list[str]]:
        """The scopes with rules of their own, by service."""
        found: dict[str, dict[str, None]] = {}
        for rule in self.rules:
            if rule.scope_id is not None:
                found.setdefault(rule.service, {})[rule.scope_id] = None
        return {service: list(scopes) for service, scopes in found.items()}

    def aspects(self) -> Iterator[_Row]:
        for service, positions in self._fields.items():
            for field, position in positions.items():
                yield self.epoch.begin, service, self.epoch.end, position, _aspect(service, field, self.epoch.begin)

    def scopes(self) -> Iterator[_Row]:
        for service, scopes in self._own_scopes.items():
            yield from ((self.epoch.begin, service, scope) for scope in scopes)

    def rows(self) -> Iterator[_Row]:
        """The last of the rules of each slot. Of those that may replace each other one stands highest."""
        written: dict[tuple[str, int, str, Decimal | None, str, str | None], Rule] = {}
        for rule in self.rules:
            slot = rule.service, self._fields[rule.service][rule.field], *_told(rule), rule.group_id, rule.scope_id
            written[slot] = rule
        highest_last = sorted(written, key=lambda slot: (slot[3] or 0, -slot[1], slot[5] is not None))
        for standing, slot in enumerate(highest_last):
            yield self.epoch.begin, *slot, standing, written[slot].kind, written[slot].cost

    def steps(self) -> Iterator[_Row]:
        """For every service, scope with rules of its own or "", group and stretch of quantities: the level reached."""
        for service, groups in self._groups.items():
            for scope in ("", *self._own_scopes.get(service, ())):
                reached = {**self._levels.get((service, None), {}), **self._levels.get((service, scope), {})}
                starts = [_LEAST, *sorted({level for _, level in reached})]
                for begin, end in zip(starts, [*starts[1:], None], strict=True):
                    for group in sorted(groups):
                        level = max((at for of, at in reached if of == group and at <= begin), default=None)
                        step = None if level is None else reached[group, level]
                        ends = begin, _MOST if end is None else end - _SMALLEST
                        yield self.epoch.begin, service, scope, group, *ends, level, *_price(step)

    @cached_property
    def _groups(self) -> dict[str, set[str]]:
        """The groups of rules, by service."""
        found: dict[str, set[str]] = {}
        for rule in self.rules:
            found.setdefault(rule.service, set()).add(rule.group_id)
        return found

    @cached_property
    def _levels(self) -> dict[tuple[str, str | None], dict[tuple[str, Decimal], Threshold]]:
        """The thresholds of the quantity by group and level, for each service and scope; None is of all scopes."""
        found: dict[tuple[str, str | None], dict[tuple[str, Decimal], Threshold]] = {}
        for rule in self.rules:
            if isinstance(rule, Threshold) and rule.field is None:
                found.setdefault((rule.service, rule.scope_id), {})[rule.group_id, rule.level] = rule
        return found


def _price(rule: Rule | None) -> tuple[Value, Value]:
    return (None, None) if rule is None else (rule.kind, rule.cost)


def _fields(rules: Iterable[Rule]) -> dict[str, dict[str | None, int]]:
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
