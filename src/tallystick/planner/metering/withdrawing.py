"""Withdrawing points: what a scope delivered before a moment does not count any more, for some of its periods."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.settings.metering import Withdrawal
from tallystick.settings.models import Delivery


def withdraw(
    session: Session, tenant: str, *, source_id: str, scope_id: str, begin: datetime, end: datetime | None, reason: str
) -> datetime:
    """Withdraw a scope's points in [``begin``, ``end``), for ever without an end; gives the moment of it.

    What is delivered from that moment on counts.
    """
    last = session.scalar(
        select(func.max(Delivery.received_at)).where(Delivery.tenant_id == tenant, Delivery.source_id == source_id)
    )
    moment = max(after_withdrawals(session, tenant, source_id), *([last + timedelta(microseconds=1)] if last else []))
    session.add(
        Withdrawal(
            tenant_id=tenant,
            withdrawal_id=uuid.uuid4().hex,
            source_id=source_id,
            scope_id=scope_id,
            begin_at=begin,
            end_at=end,
            withdrawn_at=moment,
            reason=reason,
        )
    )
    session.flush()
    return moment


def after_withdrawals(session: Session, tenant: str, source_id: str) -> datetime:
    """Now, or the last withdrawal of a source if a clock has put that later."""
    last = session.scalar(
        select(func.max(Withdrawal.withdrawn_at)).where(
            Withdrawal.tenant_id == tenant, Withdrawal.source_id == source_id
        )
    )
    return max(clock.now(), last) if last else clock.now()
