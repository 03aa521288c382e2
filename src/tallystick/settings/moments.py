"""From when on an undated change of rating counts, so that what is processed stays as it was rated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.settings.metering import MeteringSource, ScopeState

ALWAYS: Final = datetime.min.replace(tzinfo=UTC)
"""The beginning of time: from here on everything counts."""
DEFAULT_PERIOD: Final = timedelta(hours=1)


def effective_moment(session: Session, tenant: str) -> datetime:
    """Now, or the earliest next period of an active scope if that is before; the beginning of time without a scope.

    A scope that was never processed does not hold anything back, nor does one that is gone while others are there.
    """
    moved = ScopeState.active.is_(True), ScopeState.last_processed_at.is_not(None)
    states = session.execute(
        select(ScopeState.gone_at, ScopeState.last_processed_at).where(ScopeState.tenant_id == tenant, *moved)
    )
    processed = [(gone, last) for gone, last in states if last is not None]
    there = [last for gone, last in processed if gone is None]
    earliest = min(there or [last for _, last in processed], default=None)
    if earliest is None:
        return ALWAYS
    return min(clock.now(), earliest + shortest_period(session, tenant))


def shortest_period(session: Session, tenant: str) -> timedelta:
    """The shortest collect period of the tenant's metering sources, an hour where none says."""
    options = session.scalars(select(MeteringSource.options).where(MeteringSource.tenant_id == tenant)).all()
    given = (timedelta(seconds=option["period"]) for option in options)
    return min(given, default=DEFAULT_PERIOD)
