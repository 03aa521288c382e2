"""A rule set beside the rules in force: what differs, and making it so in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from sqlalchemy.orm import Session

from tallystick.rating.ladders import Tier
from tallystick.rating.rules import names
from tallystick.rating.rules.ladders import LadderDraft, create_ladder, delete_ladder, ladders
from tallystick.rating.rules.mappings import MappingDraft, MappingFilter, create_mapping, delete_mapping, mappings
from tallystick.rating.rules.rulesets import LadderEntry, Price, RuleSet, TierEntry, prices
from tallystick.rating.rules.thresholds import (
    ThresholdDraft,
    ThresholdFilter,
    create_threshold,
    delete_threshold,
    thresholds,
)
from tallystick.settings.metering import HashmapMapping, HashmapThreshold, RatingLadder
from tallystick.settings.moments import ALWAYS, effective_moment

Name = tuple[str, str, str | None]
"""(kind, name, field): a group, a service or a field of a service."""


_Rule = TypeVar("_Rule", Price, LadderEntry)


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules in force by names, with their ids."""

    names: Mapping[Name, str]
    prices: Mapping[str, Price]
    ladders: Mapping[str, LadderEntry]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a rule set adds to the rules in force, and what it takes away."""

    added_names: tuple[Name, ...]
    removed_names: tuple[Name, ...]
    added: tuple[Price, ...]
    removed: Mapping[str, Price]
    added_ladders: tuple[LadderEntry, ...]
    removed_ladders: Mapping[str, LadderEntry]

    def lines(self) -> Iterator[str]:
        """As people read it: a line each, with + or -."""
        yield from (f"- {price}" for price in self.removed.values())
        yield from (f"- {_title(name)}" for name in self.removed_names)
        yield from (f"- {ladder}" for ladder in self.removed_ladders.values())
        yield from (f"+ {_title(name)}" for name in self.added_names)
        yield from (f"+ {price}" for price in self.added)
        yield from (f"+ {ladder}" for ladder in self.added_ladders)


def in_force(session: Session, tenant: str) -> InForce:
    """The rules in force."""
    groups = {row.group_id: row.name for row in names.groups(session, tenant)}
    found: dict[Name, str] = {("group", name, None): group_id for group_id, name in groups.items()}
    shown: dict[str, Price] = {}
    for service in names.services(session, tenant):
        found["service", service.name, None] = service.service_id
        parents: list[tuple[str | None, str | None, str | None]] = [(None, service.service_id, None)]
        for field in names.fields(session, tenant, service.service_id):
            found["field", service.name, field.name] = field.field_id
            parents.append((field.name, None, field.field_id))
        for name, service_id, field_id in parents:
            for row in mappings(session, tenant, MappingFilter(service_id=service_id, field_id=field_id)):
                shown[row.mapping_id] = _mapping(row, service.name, name, groups)
            for level in thresholds(session, tenant, ThresholdFilter(service_id=service_id, field_id=field_id)):
                shown[level.threshold_id] = _threshold(level, service.name, name, groups)
    return InForce(found, shown, {row.ladder_id: _ladder(row) for row in ladders(session, tenant)})


def difference(now: InForce, wanted: RuleSet) -> Difference:
    """What a rule set changes."""
    given = list(_names(wanted))
    return Difference(
        tuple(name for name in given if name not in now.names),
        tuple(name for name in now.names if name not in given),
        *_changed(now.prices, prices(wanted)),
        *_changed(now.ladders, wanted.ladders),
    )


def _changed(now: Mapping[str, _Rule], wanted: Iterable[_Rule]) -> tuple[tuple[_Rule, ...], dict[str, _Rule]]:
    """What is wanted and not there, and what is there and not wanted."""
    left = dict(now)
    added = []
    for rule in wanted:
        met = next((key for key, other in left.items() if rule.is_met_by(other)), None)
        if met is None:
            added.append(rule)
        else:
            del left[met]
    return tuple(added), left


def apply(session: Session, tenant: str, change: Difference, author: str) -> None:
    """Make a difference. Raises InvalidRuleError and DuplicateRuleError; then nothing is to be committed."""
    moment = effective_moment(session, tenant)
    for key, price in change.removed.items():
        if price.level is None:
            delete_mapping(session, tenant, key, author)
        else:
            delete_threshold(session, tenant, key, author)
    for key in change.removed_ladders:
        delete_ladder(session, tenant, key, author)
    session.flush()
    for name in sorted(change.removed_names):
        _remove(session, tenant, name, author)
    for name in sorted(change.added_names, key=lambda name: (name[0] == "field", name)):
        _add(session, tenant, name)
    ids = in_force(session, tenant).names
    for price in change.added:
        start = _start(price, change.removed.values(), moment)
        _create(session, tenant, price, start=start, ids=ids, author=author)
    for ladder in change.added_ladders:
        start = _start(ladder, change.removed_ladders.values(), moment)
        tiers = [Tier(tier.up_to, tier.cost) for tier in ladder.tiers]
        draft = LadderDraft(service=ladder.service, scope_id=ladder.tenant, tiers=tiers, start=start, end=ladder.end)
        create_ladder(session, tenant, draft, author)


def _start(rule: _Rule, removed: Iterable[_Rule], moment: datetime) -> datetime:
    """Where no start is given: when the rule that it takes the place of ends, and not before that began."""
    if rule.start is not None:
        return rule.start
    before: list[datetime] = [old.start for old in removed if old.place == rule.place and old.start]
    return max([moment, *before])


def _create(
    session: Session, tenant: str, price: Price, *, start: datetime, ids: Mapping[Name, str], author: str
) -> None:
    service_id = None if price.field else ids["service", price.service, None]
    field_id = ids["field", price.service, price.field] if price.field else None
    group_id = ids["group", price.group, None] if price.group else None
    if price.level is not None:
        level = ThresholdDraft(
            level=price.level,
            cost=price.cost,
            kind=price.kind,
            service_id=service_id,
            field_id=field_id,
            group_id=group_id,
            scope_id=price.scope,
        )
        create_threshold(session, tenant, level)
        return
    draft = MappingDraft(
        cost=price.cost,
        kind=price.kind,
        value=price.value,
        service_id=service_id,
        field_id=field_id,
        group_id=group_id,
        scope_id=price.scope,
        start=start,
        end=price.end,
        description=price.description,
    )
    create_mapping(session, tenant, draft, author, force=True)


def _add(session: Session, tenant: str, name: Name) -> None:
    kind, first, field = name
    if kind == "group":
        names.create_group(session, tenant, first)
    elif kind == "service":
        names.create_service(session, tenant, first)
    else:
        service_id = in_force(session, tenant).names["service", first, None]
        names.create_field(session, tenant, service_id, field or "")


def _remove(session: Session, tenant: str, name: Name, author: str) -> None:
    """A field, a group or a service, fields first; all that had prices there have lost them."""
    kind, _, _ = name
    key = in_force(session, tenant).names.get(name)
    if key is None:
        return
    if kind == "group":
        names.delete_group(session, tenant, key, author)
    elif kind == "service":
        names.delete_service(session, tenant, key, author)
    else:
        names.delete_field(session, tenant, key, author)
    session.flush()


def _names(rule_set: RuleSet) -> Iterator[Name]:
    yield from (("group", name, None) for name in rule_set.groups)
    for service, entry in rule_set.services.items():
        yield "service", service, None
        yield from (("field", service, field) for field in entry.fields)


def _title(name: Name) -> str:
    kind, first, field = name
    return f"{kind} {first}" if field is None else f"{kind} {first} {field}"


def _mapping(row: HashmapMapping, service: str, field: str | None, groups: Mapping[str, str]) -> Price:
    return Price(
        service=service,
        field=field,
        kind=row.kind,
        cost=Decimal(row.cost),
        value=row.value,
        group=groups.get(row.group_id or ""),
        scope=row.scope_id,
        start=None if row.start_at == ALWAYS else row.start_at,
        end=row.end_at,
        description=row.description,
    )


def _threshold(row: HashmapThreshold, service: str, field: str | None, groups: Mapping[str, str]) -> Price:
    return Price(
        service=service,
        field=field,
        kind=row.kind,
        cost=Decimal(row.cost),
        level=Decimal(row.level),
        group=groups.get(row.group_id or ""),
        scope=row.scope_id,
    )


def _ladder(row: RatingLadder) -> LadderEntry:
    start = None if row.start_at == ALWAYS else row.start_at
    tiers = tuple(TierEntry.model_validate(tier) for tier in row.tiers)
    return LadderEntry(service=row.service, tenant=row.scope_id, tiers=tiers, start=start, end=row.end_at)
