"""Hashmap thresholds: prices from a level of a quantity, or of a field's number, on.

They have no dates of their own: each is a chain of versions, and a change counts from the effective moment on. What a
version rated before stays rated by it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from tallystick.rating.rules import checks, names
from tallystick.rating.rules.amounts import stored
from tallystick.rating.rules.errors import DuplicateRuleError, UnknownRuleError
from tallystick.rating.rules.retiring import Retired, retire_threshold
from tallystick.settings.metering import HashmapGroup, HashmapThreshold
from tallystick.settings.moments import effective_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdDraft:
    """A threshold as its author gives it."""

    level: Decimal
    cost: Decimal
    kind: str = "flat"
    service_id: str | None = None
    field_id: str | None = None
    group_id: str | None = None
    scope_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdFilter:
    """Which thresholds are asked for; None asks for any."""

    service_id: str | None = None
    field_id: str | None = None
    group_id: str | None = None
    without_group: bool = False
    of_scope: bool = False
    """Whether ``scope_id`` is looked at; None is then: of no scope."""
    scope_id: str | None = None


def thresholds(session: Session, tenant: str, wanted: ThresholdFilter) -> Sequence[HashmapThreshold]:
    """The thresholds that are asked for, as they are now, by level."""
    row = HashmapThreshold
    given = {row.service_id: wanted.service_id, row.field_id: wanted.field_id}
    conditions = [column == value for column, value in given.items() if value is not None]
    if wanted.group_id is not None:
        conditions += [row.group_id == wanted.group_id, _grouped()]
    if wanted.without_group:
        conditions.append(~_grouped())
    if wanted.of_scope:
        conditions.append(row.scope_id.is_not_distinct_from(wanted.scope_id))
    found = session.scalars(select(row).where(*_live(tenant), *conditions)).all()
    return sorted(found, key=lambda one: (Decimal(one.level), one.threshold_id))


def threshold(session: Session, tenant: str, threshold_id: str) -> HashmapThreshold:
    """A threshold as it is now. Raises UnknownRuleError."""
    found = session.scalar(
        select(HashmapThreshold).where(*_live(tenant), HashmapThreshold.threshold_id == threshold_id)
    )
    if found is None:
        raise UnknownRuleError(f"No such threshold: {threshold_id}")
    return found


def create_threshold(session: Session, tenant: str, draft: ThresholdDraft) -> HashmapThreshold:
    """A new threshold, from the effective moment on. Raises InvalidRuleError and DuplicateRuleError."""
    checks.check_one_parent(draft.service_id, draft.field_id)
    names.require_parents(session, tenant, draft.service_id, draft.field_id, draft.group_id)
    made = HashmapThreshold(
        tenant_id=tenant,
        version_id=str(uuid.uuid4()),
        threshold_id=str(uuid.uuid4()),
        level=stored(draft.level, "level"),
        kind=draft.kind,
        cost=stored(draft.cost, "cost"),
        effective_from=effective_moment(session, tenant),
        service_id=draft.service_id,
        field_id=draft.field_id,
        group_id=draft.group_id,
        scope_id=draft.scope_id,
    )
    _check_unique(session, made)
    session.add(made)
    session.flush()
    return made


def update_threshold(session: Session, tenant: str, threshold_id: str, draft: ThresholdDraft) -> HashmapThreshold:
    """Change the level, cost, kind, scope, and the group where one is given, from the effective moment on.

    Raises UnknownRuleError, InvalidRuleError and DuplicateRuleError.
    """
    old = threshold(session, tenant, threshold_id)
    names.require_parents(session, tenant, None, None, draft.group_id)
    moment = max(effective_moment(session, tenant), old.effective_from)
    made = HashmapThreshold(
        tenant_id=tenant,
        version_id=str(uuid.uuid4()),
        threshold_id=threshold_id,
        level=stored(draft.level, "level"),
        kind=draft.kind,
        cost=stored(draft.cost, "cost"),
        effective_from=moment,
        service_id=old.service_id,
        field_id=old.field_id,
        group_id=draft.group_id or old.group_id,
        scope_id=draft.scope_id,
    )
    _check_unique(session, made)
    old.effective_to = moment
    session.add(made)
    session.flush()
    return made


def delete_threshold(session: Session, tenant: str, threshold_id: str, author: str) -> None:
    """End a threshold. Raises UnknownRuleError."""
    row = threshold(session, tenant, threshold_id)
    retire_threshold(row, Retired(author, effective_moment(session, tenant)))


def _live(tenant: str) -> tuple[ColumnElement[bool], ...]:
    return HashmapThreshold.tenant_id == tenant, HashmapThreshold.effective_to.is_(None)


def _grouped() -> ColumnElement[bool]:
    return exists().where(
        HashmapGroup.tenant_id == HashmapThreshold.tenant_id,
        HashmapGroup.group_id == HashmapThreshold.group_id,
        HashmapGroup.deleted_at.is_(None),
    )


def _check_unique(session: Session, made: HashmapThreshold) -> None:
    """One threshold per level, parent, group and scope."""
    wanted = ThresholdFilter(
        service_id=made.service_id,
        field_id=made.field_id,
        group_id=made.group_id,
        without_group=made.group_id is None,
        of_scope=True,
        scope_id=made.scope_id,
    )
    for other in thresholds(session, made.tenant_id, wanted):
        if other.threshold_id != made.threshold_id and other.level == made.level:
            parent = checks.parent(made.service_id, made.field_id)
            raise DuplicateRuleError(f"Threshold '{made.level}' already exists for {parent}, tenant: '{made.scope_id}'")
