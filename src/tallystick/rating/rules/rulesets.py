"""Rule sets: all of a tenant's hashmap rules and ladders as one document.

    groups: [support]
    services:
      instance:
        mappings: [{cost: "0.05", group: support}]
        thresholds: [{level: 100, cost: "0.9", type: rate}]
        fields:
          flavor:
            mappings: [{value: small, cost: "0.2"}, {value: large, cost: "0.8", tenant: p1, start: 2026-01-01}]
    ladders:
      - {service: traffic, tiers: [{up_to: 100, cost: 0}, {up_to: 10000, cost: "0.09"}, {cost: "0.05"}]}

A mapping or ladder without ``start`` counts from the effective moment on. Thresholds never have dates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from tallystick.rating.rules.amounts import stored
from tallystick.rating.rules.errors import InvalidRuleError


def _exact(amount: Decimal) -> Decimal:
    try:
        return Decimal(stored(amount, "the number"))
    except InvalidRuleError as error:
        raise ValueError(str(error)) from error


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


Amount = Annotated[Decimal, AfterValidator(_exact)]
Moment = Annotated[datetime, AfterValidator(_in_utc)]


class _Entry(BaseModel):
    """Closed to unknown names."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Rule(_Entry):
    cost: Amount
    type: Literal["flat", "rate"] = "flat"
    group: str | None = None
    tenant: Annotated[str, Field(min_length=1)] | None = None


class MappingEntry(_Rule):
    """A mapping of a service."""

    start: Moment | None = None
    end: Moment | None = None
    description: str | None = None


class ValueEntry(MappingEntry):
    """A mapping of a value of a field."""

    value: Annotated[str, Field(min_length=1)]


class ThresholdEntry(_Rule):
    """A threshold."""

    level: Amount


class FieldEntry(_Entry):
    """A field with its prices."""

    mappings: tuple[ValueEntry, ...] = ()
    thresholds: tuple[ThresholdEntry, ...] = ()


class ServiceEntry(_Entry):
    """A service with its prices."""

    mappings: tuple[MappingEntry, ...] = ()
    thresholds: tuple[ThresholdEntry, ...] = ()
    fields: dict[str, FieldEntry] = {}


class TierEntry(_Entry):
    """A unit price of what lies above the tier before, up to a quantity; without one, of all that is more."""

    up_to: Amount | None = None
    cost: Amount


def _rising(tiers: tuple[TierEntry, ...]) -> tuple[TierEntry, ...]:
    ends = [tier.up_to for tier in tiers]
    if not ends or ends[-1] is not None:
        raise ValueError("the last tier must have no up_to, so that every quantity has a price")
    if None in ends[:-1]:
        raise ValueError("only the last tier may be without up_to")
    limits = [Decimal(0), *(end for end in ends if end is not None)]
    if any(low >= high for low, high in pairwise(limits)):
        raise ValueError("each up_to must be above 0 and above that of the tier before")
    return tiers


class LadderEntry(_Entry):
    """Graduated prices of a service, of all scopes or of one, by the quantity of a calendar month."""

    service: Annotated[str, Field(min_length=1)]
    tenant: Annotated[str, Field(min_length=1)] | None = None
    tiers: Annotated[tuple[TierEntry, ...], AfterValidator(_rising)]
    start: Moment | None = None
    end: Moment | None = None

    @property
    def place(self) -> tuple[object, ...]:
        """What no two ladders have in common that count at the same time."""
        return self.service, self.tenant

    def is_met_by(self, other: LadderEntry) -> bool:
        """Whether a ladder in force is what this one asks for; a start that is not given may be any."""
        same = self.place == other.place and (self.tiers, self.end) == (other.tiers, other.end)
        return same and (self.start is None or self.start == other.start)

    def __str__(self) -> str:
        ends = ("more" if tier.up_to is None else f"up to {tier.up_to}" for tier in self.tiers)
        tiers = ", ".join(f"{end} {tier.cost}" for end, tier in zip(ends, self.tiers, strict=True))
        return f"{self.service} tiers: {tiers}{_named(tenant=self.tenant, start=self.start, end=self.end)}"


class RuleSet(_Entry):
    """A document."""

    groups: tuple[str, ...] = ()
    services: dict[str, ServiceEntry] = {}
    ladders: tuple[LadderEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A rule by names: a threshold if it has a ``level``, else a mapping."""

    service: str
    field: str | None
    kind: str
    cost: Decimal
    value: str | None = None
    level: Decimal | None = None
    group: str | None = None
    scope: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    description: str | None = None

    @property
    def place(self) -> tuple[object, ...]:
        """What no two rules have in common that count at the same time."""
        return self.service, self.field, self.value, self.level, self.group, self.scope

    def is_met_by(self, other: Price) -> bool:
        """Whether a rule in force is what this one asks for; a start that is not given may be any."""
        same = (self.place, self.kind, self.cost, self.end, self.description)
        return same == (other.place, other.kind, other.cost, other.end, other.description) and (
            self.start is None or self.start == other.start
        )

    def __str__(self) -> str:
        where = self.service if self.field is None else f"{self.service} {self.field}"
        what = f"={self.value}" if self.value else "" if self.level is None else f" from {self.level}"
        rest = _named(group=self.group, tenant=self.scope, start=self.start, end=self.end)
        return f"{where}{what}: {self.kind} {self.cost}{rest}"


def _named(**given: object) -> str:
    """What is given, by its name."""
    return "".join(f" {name} {value}" for name, value in given.items() if value is not None)


def read_rule_set(document: object) -> RuleSet:
    """A parsed document. Raises InvalidRuleError, which names the place of what is wrong."""
    try:
        found = RuleSet.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidRuleError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    for price in prices(found):
        if price.group is not None and price.group not in found.groups:
            raise InvalidRuleError(f"{price}: there is no group {price.group}; name it under groups")
    return found


def prices(rule_set: RuleSet) -> Iterator[Price]:
    """Every rule of hashmap in a document."""
    for service, entry in rule_set.services.items():
        yield from _prices(service, None, entry)
        for field, of_field in entry.fields.items():
            yield from _prices(service, field, of_field)


def _prices(service: str, field: str | None, entry: ServiceEntry | FieldEntry) -> Iterator[Price]:
    for one in entry.mappings:
        yield Price(
            service=service,
            field=field,
            kind=one.type,
            cost=one.cost,
            value=one.value if isinstance(one, ValueEntry) else None,
            group=one.group,
            scope=one.tenant,
            start=one.start,
            end=one.end,
            description=one.description,
        )
    for level in entry.thresholds:
        yield Price(
            service=service,
            field=field,
            kind=level.type,
            cost=level.cost,
            level=level.level,
            group=level.group,
            scope=level.tenant,
        )
