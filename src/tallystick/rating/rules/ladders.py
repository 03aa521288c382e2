"""Ladders in the settings database: graduated prices of a service, general or of one scope, from one moment to another.

Two live ladders of one service and scope never count at the same time. One that is ended keeps its row, which rates
what lies before the moment from which the end counts.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.rating.ladders import Tier
from tallystick.rating.rules import checks
from tallystick.rating.rules.amounts import stored
from tallystick.rating.rules.errors import DuplicateRuleError, UnknownRuleError
from tallystick.rating.rules.retiring import Retired, retire_dated
from tallystick.settings.metering import RatingLadder
from tallystick.settings.models import Json
from tallystick.settings.moments import effective_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderDraft:
    """A ladder as its author gives it; ``tiers`` from the lowest to the highest."""

    service: str
    scope_id: str | None = None
    tiers: Sequence[Tier]
    start: datetime
    end: datetime | None = None


def ladders(session: Session, tenant: str) -> Sequence[RatingLadder]:
    """The ladders that were not ended, in the order in which they were made."""
    row = RatingLadder
    live = select(row).where(row.tenant_id == tenant, row.deleted_at.is_(None))
    return session.scalars(live.order_by(row.created_at, row.ladder_id)).all()


def create_ladder(session: Session, tenant: str, draft: LadderDraft, author: str) -> RatingLadder:
    """A new ladder; what begins in its time is rated by it. Raises InvalidRuleError and DuplicateRuleError."""
    checks.check_order(draft.start, draft.end)
    made = RatingLadder(
        tenant_id=tenant,
        ladder_id=str(uuid.uuid4()),
        service=draft.service,
        scope_id=draft.scope_id,
        tiers=[_stored(tier) for tier in draft.tiers],
        start_at=draft.start,
        end_at=draft.end,
        created_at=clock.now(),
        created_by=author,
    )
    _check_unique(session, made)
    session.add(made)
    session.flush()
    return made


def delete_ladder(session: Session, tenant: str, ladder_id: str, author: str) -> None:
    """End a ladder from the effective moment on. Raises UnknownRuleError, also for one that was ended."""
    row = session.get(RatingLadder, (tenant, ladder_id))
    if row is None or row.deleted_at is not None:
        raise UnknownRuleError(f"No such ladder: {ladder_id}")
    retire_dated(row, Retired(author, effective_moment(session, tenant)))


def _stored(tier: Tier) -> Json:
    cost = {"cost": stored(tier.cost, "cost")}
    return cost if tier.up_to is None else {"up_to": stored(tier.up_to, "up_to"), **cost}


def _check_unique(session: Session, made: RatingLadder) -> None:
    row = RatingLadder
    overlaps = [or_(row.end_at.is_(None), row.end_at > made.start_at)]
    if made.end_at is not None:
        overlaps.append(row.start_at < made.end_at)
    other = session.scalar(
        select(row.ladder_id).where(
            row.tenant_id == made.tenant_id,
            row.service == made.service,
            row.scope_id.is_not_distinct_from(made.scope_id),
            row.deleted_at.is_(None),
            *overlaps,
        )
    )
    if other is not None:
        raise DuplicateRuleError(f"A ladder of {made.service}, tenant: '{made.scope_id}', counts at that time already")
