"""The tree that an AWS organisation's accounts stand in, with its history.

A node has a row for every stretch of days in which it stood at one place under one name, so that a report of an old
month shows the tree of that month.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tallystick.errors import ConflictError
from tallystick.settings.database import TenantDatabase
from tallystick.settings.models import Base, Tenant

SEPARATOR = "&"
"""Stands between the units of a path."""


class AwsPlace(Base):
    """Where a unit or an account stood, and from when until when (half-open days)."""

    __tablename__ = "aws_places"

    node_id: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    root_id: Mapped[str]
    name: Mapped[str]
    path: Mapped[str]
    is_account: Mapped[bool]
    until: Mapped[date | None] = mapped_column(default=None)


@dataclass(frozen=True, slots=True)
class Node:
    """A unit, the root being one, or an account of an organisation."""

    node_id: str
    name: str
    path: tuple[str, ...]
    """The units from the root down: to the unit itself, or to that which the account lies in."""
    is_account: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A node as it stood from a day on, until before another; None for today and on."""

    node: Node
    since: date
    until: date | None


def read_places(database: TenantDatabase) -> tuple[Place, ...]:
    """Every place that was ever known, in the order of paths."""
    with database.read() as session:
        rows = session.scalars(select(AwsPlace).where(AwsPlace.tenant_id == database.tenant)).all()
    ordered = sorted(rows, key=lambda row: (row.path, row.is_account, row.node_id, row.since))
    return tuple(Place(_node(row), row.since, row.until) for row in ordered)


def keep_tree(database: TenantDatabase, nodes: Collection[Node], since: date) -> int:
    """Take a whole organisation as it stands from a day on; gives how many nodes appeared, moved or went.

    What is as it was keeps its place. Raises ConflictError where the tree of a later day is known.
    """
    root_id = next(iter(nodes)).path[0]
    tenant = database.tenant
    wanted = {node.node_id: node for node in nodes}
    changed: set[str] = set()
    with database.write() as session:
        query = select(AwsPlace).where(AwsPlace.tenant_id == tenant, AwsPlace.root_id == root_id)
        for row in session.scalars(query).all():
            latest = max(row.since, row.until or row.since)
            if latest > since:
                raise ConflictError(f"the organisation {root_id} is known as it stood on {latest}, later than {since}")
            if row.until is not None:
                continue
            if wanted.get(row.node_id) == _node(row):
                del wanted[row.node_id]
                continue
            changed.add(row.node_id)
            if row.since == since:
                session.delete(row)
            else:
                row.until = since
        session.flush()
        for node in wanted.values():
            path = SEPARATOR.join(node.path)
            session.merge(
                AwsPlace(
                    tenant_id=tenant,
                    node_id=node.node_id,
                    since=since,
                    root_id=root_id,
                    name=node.name,
                    path=path,
                    is_account=node.is_account,
                )
            )
        changed |= wanted.keys()
        if changed:
            _count_change(session, tenant)
    return len(changed)


def _node(row: AwsPlace) -> Node:
    return Node(row.node_id, row.name, tuple(row.path.split(SEPARATOR)), row.is_account)


def _count_change(session: Session, tenant: str) -> None:
    owner = session.get(Tenant, tenant) or Tenant(tenant_id=tenant)
    owner.settings_version += 1
    session.add(owner)
