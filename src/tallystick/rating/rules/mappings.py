"""Hashmap mappings: prices of a service, or of a value of a field, from one moment to another.

A mapping that has started may only be given an end; one that has not may be changed. Two live mappings of one parent,
value, scope and group never count at the same time, and no two live ones have the same name. A deleted mapping keeps
its row; those whose service or field was deleted are not shown any more.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.rating.rules import checks, names
from tallystick.rating.rules.amounts import stored
from tallystick.rating.rules.dated import DatedFilter, conditions
from tallystick.rating.rules.errors import DuplicateRuleError, InvalidRuleError, UnknownRuleError
from tallystick.rating.rules.retiring import Retired, retire_dated
from tallystick.settings.metering import HashmapField, HashmapGroup, HashmapMapping, HashmapService
from tallystick.settings.moments import effective_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingDraft:
    """A mapping as its author gives it. ``start`` defaults to now, ``name`` to a name of its own."""

    cost: Decimal
    kind: str = "flat"
    value: str | None = None
    service_id: str | None = None
    field_id: str | None = None
    group_id: str | None = None
    scope_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    name: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingFilter(DatedFilter):
    """Which mappings are asked for; None asks for any. ``scope`` is a scope, or None for those of no scope."""

    service_id: str | None = None
    field_id: str | None = None
    group_id: str | None = None
    without_group: bool = False
    of_scope: bool = False
    """Whether ``scope_id`` is looked at; None is then: of no scope."""
    scope_id: str | None = None


def mappings(session: Session, tenant: str, wanted: MappingFilter) -> Sequence[HashmapMapping]:
    """The mappings that are asked for, in the order in which they were made."""
    query = select(HashmapMapping).where(HashmapMapping.tenant_id == tenant, _shown(), *_conditions(wanted))
    return session.scalars(query.order_by(HashmapMapping.created_at, HashmapMapping.mapping_id)).all()


def mapping(session: Session, tenant: str, mapping_id: str) -> HashmapMapping:
    """A mapping, deleted or not. Raises UnknownRuleError."""
    found = session.scalar(
        select(HashmapMapping).where(
            HashmapMapping.tenant_id == tenant, HashmapMapping.mapping_id == mapping_id, _shown()
        )
    )
    if found is None:
        raise UnknownRuleError(f"No such mapping: {mapping_id}")
    return found


def create_mapping(
    session: Session, tenant: str, draft: MappingDraft, author: str, *, force: bool = False
) -> HashmapMapping:
    """A new mapping; with ``force`` it may start in the past, and the days since are derived again.

    Raises InvalidRuleError and DuplicateRuleError.
    """
    _check_parent(session, tenant, draft)
    now = clock.now()
    start = draft.start or now
    if not force:
        checks.check_start(start, now)
    checks.check_order(start, draft.end)
    made = HashmapMapping(
        tenant_id=tenant,
        mapping_id=str(uuid.uuid4()),
        name=draft.name or uuid.uuid4().hex,
        kind=draft.kind,
        cost=stored(draft.cost, "cost"),
        start_at=start,
        end_at=draft.end,
        created_at=now,
        created_by=author,
        value=draft.value or None,
        service_id=draft.service_id,
        field_id=draft.field_id,
        group_id=draft.group_id,
        scope_id=draft.scope_id,
        description=draft.description,
    )
    _check_unique(session, made)
    session.add(made)
    session.flush()
    return made


def update_mapping(session: Session, tenant: str, mapping_id: str, draft: MappingDraft, author: str) -> HashmapMapping:
    """Change a mapping that has not started: its cost, period and description. End one that is running.

    Raises UnknownRuleError, InvalidRuleError and DuplicateRuleError.
    """
    row = mapping(session, tenant, mapping_id)
    if row.deleted_at is not None:
        raise UnknownRuleError(f"No such mapping: {mapping_id}")
    now = clock.now()
    if row.start_at < now:
        checks.check_running(row.start_at, row.end_at, draft.end, now, changed=_is_other(row, draft))
        row.end_at = draft.end
    else:
        start = draft.start or row.start_at
        checks.check_start(start, now)
        checks.check_order(start, draft.end)
        row.cost, row.description = stored(draft.cost, "cost"), draft.description
        row.start_at, row.end_at = start, draft.end
        _check_unique(session, row)
    row.updated_by = author
    session.flush()
    return row


def delete_mapping(session: Session, tenant: str, mapping_id: str, author: str) -> None:
    """End a mapping. Raises UnknownRuleError, also for one that is deleted."""
    row = mapping(session, tenant, mapping_id)
    if row.deleted_at is not None:
        raise UnknownRuleError(f"No such mapping: {mapping_id}")
    retire_dated(row, Retired(author, effective_moment(session, tenant)))


def _shown() -> ColumnElement[bool]:
    """Those whose service or field exists."""
    row = HashmapMapping
    of_service = exists().where(
        HashmapService.tenant_id == row.tenant_id,
        HashmapService.service_id == row.service_id,
        HashmapService.deleted_at.is_(None),
    )
    of_field = exists().where(
        HashmapField.tenant_id == row.tenant_id,
        HashmapField.field_id == row.field_id,
        HashmapField.deleted_at.is_(None),
    )
    return or_(of_service, of_field)


def _conditions(wanted: MappingFilter) -> list[ColumnElement[bool]]:
    row = HashmapMapping
    found = conditions(row, wanted)
    found += [
        column == value
        for column, value in {row.service_id: wanted.service_id, row.field_id: wanted.field_id}.items()
        if value is not None
    ]
    if wanted.group_id is not None:
        found += [row.group_id == wanted.group_id, _grouped()]
    if wanted.without_group:
        found.append(~_grouped())
    if wanted.of_scope:
        found.append(row.scope_id.is_(None) if wanted.scope_id is None else row.scope_id == wanted.scope_id)
    return found


def _grouped() -> ColumnElement[bool]:
    return exists().where(
        HashmapGroup.tenant_id == HashmapMapping.tenant_id,
        HashmapGroup.group_id == HashmapMapping.group_id,
        HashmapGroup.deleted_at.is_(None),
    )


def _check_parent(session: Session, tenant: str, draft: MappingDraft) -> None:
    checks.check_one_parent(draft.service_id, draft.field_id)
    if draft.field_id and not draft.value:
        raise InvalidRuleError("You must specify a value for a field mapping.")
    if draft.service_id and draft.value:
        raise InvalidRuleError("You can't specify a value and a service_id.")
    names.require_parents(session, tenant, draft.service_id, draft.field_id, draft.group_id)


def _check_unique(session: Session, made: HashmapMapping) -> None:
    """No other live mapping has the name, or counts in the same place at the same time."""
    row = HashmapMapping
    overlaps = [or_(row.end_at.is_(None), row.end_at > made.start_at)]
    if made.end_at is not None:
        overlaps.append(row.start_at < made.end_at)
    same_place = and_(
        *(
            column.is_not_distinct_from(value)
            for column, value in {
                row.value: made.value,
                row.service_id: made.service_id,
                row.field_id: made.field_id,
                row.scope_id: made.scope_id,
            }.items()
        ),
        and_(row.group_id == made.group_id, _grouped()) if made.group_id else ~_grouped(),
        *overlaps,
    )
    with session.no_autoflush:
        other = session.scalar(
            select(row.mapping_id).where(
                row.tenant_id == made.tenant_id,
                row.mapping_id != made.mapping_id,
                row.deleted_at.is_(None),
                or_(row.name == made.name, same_place),
            )
        )
    if other is not None:
        parent = checks.parent(made.service_id, made.field_id)
        raise DuplicateRuleError(f"Mapping '{made.value or ''}' already exists for {parent}, tenant: '{made.scope_id}'")


def _is_other(row: HashmapMapping, draft: MappingDraft) -> bool:
    """Whether a draft says anything that the mapping is not; what it leaves out is not a change."""
    given = {
        "value": draft.value,
        "service_id": draft.service_id,
        "field_id": draft.field_id,
        "group_id": draft.group_id,
        "scope_id": draft.scope_id,
        "start_at": draft.start,
        "name": draft.name,
        "description": draft.description,
    }
    return (
        Decimal(row.cost) != draft.cost
        or draft.kind not in (row.kind, "flat")
        or any(value and value != getattr(row, name) for name, value in given.items())
    )
