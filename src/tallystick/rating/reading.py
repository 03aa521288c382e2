"""The rating of a tenant, read from the settings database in one go."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick.rating.days import END_OF_TIME, Rating, Withdrawn
from tallystick.settings.metering import Withdrawal


def read_rating(session: Session, tenant: str, currency: str) -> Rating:
    """Everything by which a tenant's points are rated."""
    rows = session.scalars(select(Withdrawal).where(Withdrawal.tenant_id == tenant))
    withdrawals = (
        Withdrawn(row.source_id, row.scope_id, row.begin_at, row.end_at or END_OF_TIME, row.withdrawn_at)
        for row in rows
    )
    return Rating(tuple(sorted(withdrawals)), currency)
