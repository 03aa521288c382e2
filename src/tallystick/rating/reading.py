"""The rating of a tenant, read from the settings database in one go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar, cast

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from tallystick.rating import hashmap, modules
from tallystick.rating.days import HASHMAP, PYSCRIPTS, TIERS, Priority, Rating, Rules
from tallystick.rating.hashmap import BEGINNING, Threshold
from tallystick.rating.ladders import Ladder, Tier
from tallystick.rating.plugins.registry import BUILT_IN, EnabledPlugin, installed, missing
from tallystick.rating.pyscripts.store import active_scripts
from tallystick.rating.skipping import SkipRules
from tallystick.rating.withdrawals import Withdrawn
from tallystick.settings.metering import (
    HashmapField,
    HashmapGroup,
    HashmapMapping,
    HashmapService,
    HashmapThreshold,
    MeteringSource,
    RatingLadder,
    Withdrawal,
)
from tallystick.settings.models import Source
from tallystick.sources.metering.options import MeteringConfig

END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)

_Interval = tuple[datetime, datetime]
_Rule = TypeVar("_Rule", hashmap.Mapping, Threshold)
_Dated = TypeVar("_Dated", hashmap.Mapping, Threshold, Ladder)


def read_rating(session: Session, tenant: str, currency: str) -> Rating:
    """Everything by which a tenant's points are rated."""
    rows = session.scalars(select(Withdrawal).where(Withdrawal.tenant_id == tenant))
    withdrawals = (
        Withdrawn(row.source_id, row.scope_id, row.begin_at, row.end_at or END_OF_TIME, row.withdrawn_at)
        for row in rows
    )
    priorities = (
        Priority(state.module_id, state.effective_from, state.priority)
        for state in modules.history(session, tenant)
        if state.enabled
    )
    return Rating(
        currency, tuple(sorted(withdrawals)), _rules(session, tenant), tuple(priorities), _skips(session, tenant)
    )


def _skips(session: Session, tenant: str) -> dict[str, SkipRules]:
    """What metering sources leave out, by the id of the source."""
    named = MeteringSource.tenant_id == Source.tenant_id, MeteringSource.name == Source.name
    rows = session.execute(
        select(Source.source_id, MeteringSource.options)
        .join(MeteringSource, and_(*named))
        .where(Source.tenant_id == tenant, Source.removed_at.is_(None))
    )
    return {source_id: SkipRules.of(MeteringConfig.model_validate(options)) for source_id, options in rows}


def _rules(session: Session, tenant: str) -> Rules:
    """The rules of every module, each for as long as the module is enabled."""
    hashmap_enabled, scripts_enabled = (list(_enabled(session, tenant, name)) for name in (HASHMAP, PYSCRIPTS))
    scripts = active_scripts(session, tenant, BEGINNING, END_OF_TIME) if scripts_enabled else []
    running = tuple(
        replace(script, begin=begin, end=end)
        for script in scripts
        for begin, end in _cut(script.begin, script.end, scripts_enabled)
    )
    plugins, ladders = tuple(_plugins(session, tenant)), tuple(_ladders(session, tenant))
    if not hashmap_enabled:
        return Rules(scripts=running, plugins=plugins, ladders=ladders)
    parents = _Parents(session, tenant)
    mappings = session.scalars(
        select(HashmapMapping)
        .where(HashmapMapping.tenant_id == tenant)
        .order_by(HashmapMapping.created_at, HashmapMapping.mapping_id)
    )
    thresholds = session.scalars(
        select(HashmapThreshold)
        .where(HashmapThreshold.tenant_id == tenant)
        .order_by(HashmapThreshold.effective_from, HashmapThreshold.version_id)
    )
    groups = session.scalars(select(HashmapGroup).where(HashmapGroup.tenant_id == tenant))
    dissolved = {row.group_id: row.deleted_at for row in groups if row.deleted_at}
    return Rules(
        tuple(_during(hashmap_enabled, _regrouped(dissolved, (_mapping(row, parents) for row in mappings)))),
        tuple(_during(hashmap_enabled, _regrouped(dissolved, (_threshold(row, parents) for row in thresholds)))),
        running,
        plugins,
        ladders,
    )


def _ladders(session: Session, tenant: str) -> Iterator[Ladder]:
    """The ladders, each for as long as it counts and their module is enabled."""
    of_tenant = select(RatingLadder).where(RatingLadder.tenant_id == tenant)
    rows = session.scalars(of_tenant.order_by(RatingLadder.created_at, RatingLadder.ladder_id))
    return _during(_enabled(session, tenant, TIERS), (_ladder(row) for row in rows))


def _ladder(row: RatingLadder) -> Ladder:
    return Ladder(
        service=row.service,
        scope_id=row.scope_id,
        tiers=tuple(Tier(_amount(tier.get("up_to")), Decimal(tier["cost"])) for tier in row.tiers),
        start_at=row.start_at,
        end_at=_first(row.end_at, row.effective_to),
    )


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _plugins(session: Session, tenant: str) -> Iterator[EnabledPlugin]:
    """The modules of others, each for as long as it is enabled."""
    for name in sorted({state.module_id for state in modules.history(session, tenant)} - BUILT_IN):
        plugin = installed().get(name) or missing(name)
        for begin, end in _enabled(session, tenant, name):
            yield EnabledPlugin(plugin, begin, None if end == END_OF_TIME else end)


class _Parents:
    """The names of services and fields, those that were deleted included."""

    def __init__(self, session: Session, tenant: str) -> None:
        services = session.scalars(select(HashmapService).where(HashmapService.tenant_id == tenant))
        fields = session.scalars(select(HashmapField).where(HashmapField.tenant_id == tenant))
        self._services = {row.service_id: row.name for row in services}
        self._fields = {row.field_id: (self._services[row.service_id], row.name) for row in fields}

    def names(self, rule: HashmapMapping | HashmapThreshold) -> tuple[str, str | None]:
        """The service of a rule, and its field if it has one."""
        return self._fields[rule.field_id] if rule.field_id else (self._services[rule.service_id or ""], None)


def _mapping(row: HashmapMapping, parents: _Parents) -> hashmap.Mapping:
    service, field = parents.names(row)
    return hashmap.Mapping(
        service=service,
        field=field,
        value=row.value if field else None,
        kind=cast("hashmap.Kind", row.kind),
        cost=Decimal(row.cost),
        group_id=row.group_id or "",
        scope_id=row.scope_id,
        start_at=row.start_at,
        end_at=_first(row.end_at, row.effective_to),
    )


def _threshold(row: HashmapThreshold, parents: _Parents) -> Threshold:
    service, field = parents.names(row)
    return Threshold(
        service=service,
        field=field,
        level=Decimal(row.level),
        kind=cast("hashmap.Kind", row.kind),
        cost=Decimal(row.cost),
        group_id=row.group_id or "",
        scope_id=row.scope_id,
        start_at=row.effective_from,
        end_at=row.effective_to,
    )


def _first(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _enabled(session: Session, tenant: str, module_id: str) -> Iterator[_Interval]:
    """When a module takes part, as half-open intervals."""
    begin: datetime | None = None
    for state in modules.history(session, tenant):
        if state.module_id != module_id:
            continue
        if state.enabled and begin is None:
            begin = state.effective_from
        elif not state.enabled and begin is not None:
            yield begin, state.effective_from
            begin = None
    if begin is not None:
        yield begin, END_OF_TIME


def _regrouped(dissolved: Mapping[str, datetime], rules: Iterable[_Rule]) -> Iterator[_Rule]:
    """Rules, those of a dissolved group without it from then on."""
    for rule in rules:
        moment = dissolved.get(rule.group_id, END_OF_TIME)
        if rule.start_at < moment:
            yield rule if moment == END_OF_TIME else replace(rule, end_at=_first(rule.end_at, moment))
        if moment != END_OF_TIME and (rule.end_at is None or rule.end_at > moment):
            yield replace(rule, group_id="", start_at=max(rule.start_at, moment))


def _during(intervals: Iterable[_Interval], rules: Iterable[_Dated]) -> Iterator[_Dated]:
    """Rules, each cut to the intervals in which it counts."""
    within = list(intervals)
    for rule in rules:
        for begin, end in _cut(rule.start_at, rule.end_at, within):
            yield replace(rule, start_at=begin, end_at=end)


def _cut(
    start: datetime | None, stop: datetime | None, intervals: Iterable[_Interval]
) -> Iterator[tuple[datetime, datetime | None]]:
    """What an interval has in common with others."""
    for begin, end in intervals:
        first, last = max(start or BEGINNING, begin), min(stop or END_OF_TIME, end)
        if first < last:
            yield first, None if last == END_OF_TIME else last
