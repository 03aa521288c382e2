"""What hashmap rules hang on: services (metrics), their fields (attributes of points), and groups.

Deleting one ends its rules from the effective moment on; rows stay, as they name what was rated. A deleted group keeps
its rules: from its ``deleted_at``, which is an effective moment, they have no group.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.rating.rules.errors import DuplicateRuleError, InvalidRuleError, UnknownRuleError
from tallystick.rating.rules.retiring import Retired, retire
from tallystick.settings.metering import HashmapField, HashmapGroup, HashmapService
from tallystick.settings.moments import effective_moment

_Row = TypeVar("_Row", HashmapService, HashmapField, HashmapGroup)


def services(session: Session, tenant: str) -> Sequence[HashmapService]:
    """The services, in the order in which they were made."""
    return _live(session, HashmapService, HashmapService.tenant_id == tenant)


def service(session: Session, tenant: str, service_id: str) -> HashmapService:
    """A service. Raises UnknownRuleError."""
    return _existing(session, HashmapService, (tenant, service_id), f"No such service: None (UUID: {service_id})")


def create_service(session: Session, tenant: str, name: str) -> HashmapService:
    """A new service. Raises DuplicateRuleError."""
    for other in services(session, tenant):
        if other.name == name:
            raise DuplicateRuleError(f"Service {name} already exists (UUID: {other.service_id})")
    made = HashmapService(tenant_id=tenant, service_id=str(uuid.uuid4()), name=name, created_at=clock.now())
    return _added(session, made)


def delete_service(session: Session, tenant: str, service_id: str, author: str) -> None:
    """End a service with its fields and rules. Raises UnknownRuleError."""
    row = service(session, tenant, service_id)
    for field in fields(session, tenant, service_id):
        delete_field(session, tenant, field.field_id, author)
    retire(session, tenant, Retired(author, effective_moment(session, tenant)), service_id=service_id)
    row.deleted_at = clock.now()


def fields(session: Session, tenant: str, service_id: str) -> Sequence[HashmapField]:
    """The fields of a service; none of one that does not exist."""
    return _live(session, HashmapField, HashmapField.tenant_id == tenant, HashmapField.service_id == service_id)


def field(session: Session, tenant: str, field_id: str) -> HashmapField:
    """A field. Raises UnknownRuleError."""
    return _existing(session, HashmapField, (tenant, field_id), f"No such field: {field_id}")


def create_field(session: Session, tenant: str, service_id: str, name: str) -> HashmapField:
    """A new field of a service. Raises DuplicateRuleError, or InvalidRuleError for an unknown service."""
    require_parents(session, tenant, service_id, None, None)
    for other in fields(session, tenant, service_id):
        if other.name == name:
            raise DuplicateRuleError(f"Field {name} already exists (UUID: {other.field_id})")
    made = HashmapField(
        tenant_id=tenant, field_id=str(uuid.uuid4()), service_id=service_id, name=name, created_at=clock.now()
    )
    return _added(session, made)


def delete_field(session: Session, tenant: str, field_id: str, author: str) -> None:
    """End a field with its rules. Raises UnknownRuleError."""
    row = field(session, tenant, field_id)
    retire(session, tenant, Retired(author, effective_moment(session, tenant)), field_id=field_id)
    row.deleted_at = clock.now()


def groups(session: Session, tenant: str) -> Sequence[HashmapGroup]:
    """The groups, in the order in which they were made."""
    return _live(session, HashmapGroup, HashmapGroup.tenant_id == tenant)


def group(session: Session, tenant: str, group_id: str) -> HashmapGroup:
    """A group. Raises UnknownRuleError."""
    return _existing(session, HashmapGroup, (tenant, group_id), f"No such group: None (UUID: {group_id})")


def create_group(session: Session, tenant: str, name: str) -> HashmapGroup:
    """A new group. Raises DuplicateRuleError."""
    for other in groups(session, tenant):
        if other.name == name:
            raise DuplicateRuleError(f"Group {name} already exists (UUID: {other.group_id})")
    made = HashmapGroup(tenant_id=tenant, group_id=str(uuid.uuid4()), name=name, created_at=clock.now())
    return _added(session, made)


def delete_group(session: Session, tenant: str, group_id: str, author: str, *, recursive: bool = False) -> None:
    """Dissolve a group, or end its rules with it. Raises UnknownRuleError."""
    row = group(session, tenant, group_id)
    moment = effective_moment(session, tenant)
    if recursive:
        retire(session, tenant, Retired(author, moment), group_id=group_id)
    row.deleted_at = moment


def require_parents(
    session: Session, tenant: str, service_id: str | None, field_id: str | None, group_id: str | None
) -> None:
    """Raises InvalidRuleError for a service, field or group that is given and does not exist."""
    try:
        if service_id:
            service(session, tenant, service_id)
        if field_id:
            field(session, tenant, field_id)
        if group_id:
            group(session, tenant, group_id)
    except UnknownRuleError as error:
        raise InvalidRuleError(str(error)) from error


def _live(session: Session, kind: type[_Row], *conditions: ColumnElement[bool]) -> Sequence[_Row]:
    rows = select(kind).where(kind.deleted_at.is_(None), *conditions)
    return session.scalars(rows.order_by(kind.created_at, kind.name)).all()


def _existing(session: Session, kind: type[_Row], key: tuple[str, str], fault: str) -> _Row:
    found = session.get(kind, key)
    if found is None or found.deleted_at is not None:
        raise UnknownRuleError(fault)
    return found


def _added(session: Session, row: _Row) -> _Row:
    session.add(row)
    session.flush()
    return row
