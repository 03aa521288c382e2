"""Releases: the snapshot of every table that a tenant's readers see together, moved by one row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.errors import NotFoundError
from tallystick.lake.parts import fingerprint
from tallystick.planner.leases import Held
from tallystick.planner.records import ensure_tenant
from tallystick.settings.database import TenantDatabase
from tallystick.settings.models import Release, Tenant


def publish(database: TenantDatabase, held: Held, snapshots: dict[str, int]) -> int:
    """Let readers see these snapshots; the current release stays when it shows them already.

    Raises ConflictError when the lease was lost meanwhile.
    """
    name = fingerprint(*(f"{table}={snapshot}" for table, snapshot in sorted(snapshots.items())))
    with database.write() as session:
        held.check(session)
        tenant = ensure_tenant(session, held.tenant)
        current = session.get(Release, (held.tenant, tenant.release_id)) if tenant.release_id else None
        if current is not None and current.fingerprint == name:
            return current.release_id
        last = session.scalar(select(func.max(Release.release_id)).where(Release.tenant_id == held.tenant)) or 0
        release = Release(
            tenant_id=held.tenant,
            release_id=last + 1,
            created_at=clock.now(),
            snapshots=dict(snapshots),
            fingerprint=name,
        )
        session.add(release)
        tenant.release_id = release.release_id
        return release.release_id


def current_release(session: Session, tenant: str) -> Release | None:
    """The release that readers of a tenant open now."""
    row = session.get(Tenant, tenant)
    return session.get(Release, (tenant, row.release_id)) if row is not None and row.release_id else None


def release_before(session: Session, tenant: str, moment: datetime) -> Release:
    """The last release made before a moment. Raises NotFoundError when none of them is kept."""
    made_before = (Release.tenant_id == tenant, Release.created_at < moment)
    release = session.scalar(select(Release).where(*made_before).order_by(Release.release_id.desc()).limit(1))
    if release is None:
        raise NotFoundError(f"no release from before {moment:%Y-%m-%d %H:%M} UTC is kept")
    return release
