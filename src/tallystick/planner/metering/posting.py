"""Points that somebody posts: a delivery for each scope, known by its content.

The same points posted again change nothing, so that a client may try again; what was withdrawn since counts once more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tallystick.planner.metering.delivering import deliver_points, finish
from tallystick.planner.metering.names import metering_names
from tallystick.settings.metering import Withdrawal
from tallystick.sources.points.table import PricedPoint, priced_points_table

if TYPE_CHECKING:
    from tallystick.planner.home import Home


def post_points(home: Home, tenant: str, points: Sequence[PricedPoint]) -> None:
    """Take points in; they are visible when this returns, or with a broker as soon as workers have read them.

    Raises RefusedError for points that cannot be accepted.
    """
    with home.database.of(tenant).read() as session:
        names = metering_names(session, tenant)[0]
        by_scope: dict[str, list[PricedPoint]] = {}
        for point in points:
            by_scope.setdefault(point.scope(names.scope_key), []).append(point)
        withdrawn = _last_withdrawals(session, tenant)
    for scope, own in sorted(by_scope.items()):
        series = f"posted/{_digest(scope, own, withdrawn.get(scope))}"
        table = priced_points_table(own, names.scope_key)
        deliver_points(home, tenant, names.source, series=series, points=table)
    finish(home, tenant)


def _last_withdrawals(session: Session, tenant: str) -> dict[str, datetime]:
    """When something of a scope was last withdrawn."""
    rows = session.execute(
        select(Withdrawal.scope_id, func.max(Withdrawal.withdrawn_at))
        .where(Withdrawal.tenant_id == tenant)
        .group_by(Withdrawal.scope_id)
    )
    return {scope: moment for scope, moment in rows}  # noqa: C416


def _digest(scope: str, points: Sequence[PricedPoint], withdrawn_at: datetime | None) -> str:
    written = repr((scope, points, withdrawn_at and withdrawn_at.isoformat()))
    return hashlib.sha256(written.encode(errors="backslashreplace")).hexdigest()
