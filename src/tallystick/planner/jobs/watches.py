"""Watched addresses: where the scheduler looks for deliveries again and again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick.errors import NotFoundError
from tallystick.planner import records
from tallystick.planner.jobs import queue
from tallystick.planner.jobs.queue import INGEST, Wanted
from tallystick.settings.database import moment
from tallystick.settings.models import Job, Watch


def watch(
    session: Session, tenant: str, address: str, *, kind: str | None, source_name: str | None, every: timedelta
) -> None:
    """Look at an address from now on, or differently than before."""
    records.ensure_tenant(session, tenant)
    session.merge(
        Watch(
            tenant_id=tenant,
            address=address,
            every_seconds=int(every.total_seconds()),
            next_at=moment(session),
            kind=kind,
            source_name=source_name,
        )
    )


def unwatch(session: Session, tenant: str, address: str) -> None:
    """Look there no more. Raises NotFoundError for an address that is not watched."""
    row = session.get(Watch, (tenant, address))
    if row is None:
        raise NotFoundError(f"{address} is not watched; tally watch --list lists what is")
    session.delete(row)


def watched(session: Session, tenant: str) -> list[Watch]:
    """A tenant's watches, by address."""
    return list(session.scalars(select(Watch).where(Watch.tenant_id == tenant).order_by(Watch.address)))


def due(session: Session, tenant: str | None = None) -> list[Watch]:
    """The watches whose time has come, of a tenant or of all."""
    of_tenant = [Watch.tenant_id == tenant] if tenant else []
    return list(session.scalars(select(Watch).where(Watch.next_at <= moment(session), *of_tenant)))


def poll(session: Session, tenant: str) -> list[Job]:
    """Queue a look at what is due, and say when the next is."""
    queued = []
    for row in due(session, tenant):
        row.next_at = moment(session) + timedelta(seconds=row.every_seconds)
        queued.append(queue.enqueue(session, tenant, Wanted(INGEST, row.address)))
    return queued
