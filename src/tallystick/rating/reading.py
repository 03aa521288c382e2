"""The rating of a tenant, read from the settings database in one go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick.rating import hashmap, modules
from tallystick.rating.days import END_OF_TIME, Rating, Rules, Withdrawn
from tallystick.rating.hashmap import Threshold
from tallystick.settings.metering import HashmapField, HashmapMapping, HashmapService, HashmapThreshold, Withdrawal

_Interval = tuple[datetime, datetime]
_Rule = TypeVar("_Rule", hashmap.Mapping, Threshold)


def read_rating(session: Session, tenant: str, currency: str) -> Rating:
    """Everything by which a tenant's points are rated."""
    rows = session.scalars(select(Withdrawal).where(Withdrawal.tenant_id == tenant))
    withdrawals = (
        Withdrawn(row.source_id, row.scope_id, row.begin_at, row.end_at or END_OF_TIME, row.withdrawn_at)
        for row in rows
    )
    return Rating(currency, tuple(sorted(withdrawals)), _rules(session, tenant))


def _rules(session: Session, tenant: str) -> Rules:
    """The rules of hashmap, each for as long as the module is enabled."""
    enabled = list(_enabled(session, tenant, "hashmap"))
    if not enabled:
        return Rules()
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
    return Rules(
        tuple(_during(enabled, (_mapping(row, parents) for row in mappings))),
        tuple(_during(enabled, (_threshold(row, parents) for row in thresholds))),
    )


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


def _during(intervals: Iterable[_Interval], rules: Iterable[_Rule]) -> Iterator[_Rule]:
    """Rules, each cut to the intervals in which it counts."""
    within = list(intervals)
    for rule in rules:
        for begin, end in within:
            start, stop = max(rule.start_at, begin), min(rule.end_at or END_OF_TIME, end)
            if start < stop:
                yield replace(rule, start_at=start, end_at=None if stop == END_OF_TIME else stop)
