"""Ending rules: their rows stay, and rate what lies before the moment from which the end counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.settings.metering import HashmapMapping, HashmapThreshold, PyScript, RatingLadder


@dataclass(frozen=True, slots=True)
class Retired:
    """Who ended a rule, and the start of the first period for which it is gone."""

    author: str
    moment: datetime


def retire(session: Session, tenant: str, end: Retired, **parent: str) -> None:
    """End the mappings and thresholds of a service, a field or a group (``service_id=...``)."""
    for mapping in session.scalars(
        select(HashmapMapping).filter_by(tenant_id=tenant, **parent).where(HashmapMapping.deleted_at.is_(None))
    ):
        retire_dated(mapping, end)
    for threshold in session.scalars(
        select(HashmapThreshold).filter_by(tenant_id=tenant, **parent).where(HashmapThreshold.effective_to.is_(None))
    ):
        retire_threshold(threshold, end)


def retire_dated(rule: HashmapMapping | PyScript | RatingLadder, end: Retired) -> None:
    """End one mapping, script or ladder."""
    rule.deleted_at = clock.now()
    rule.deleted_by = end.author
    rule.effective_to = end.moment


def retire_threshold(threshold: HashmapThreshold, end: Retired) -> None:
    """End one version of a threshold; one that has rated nothing yet ends where it began."""
    threshold.effective_to = max(end.moment, threshold.effective_from)
