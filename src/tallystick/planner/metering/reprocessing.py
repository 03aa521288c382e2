"""Reprocessing: the periods of a scope are collected again, and what they had does not count any more.

A stretch is withdrawn and its new points are delivered in one transaction, under the lease of normal processing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tallystick.planner.metering.collecting import Batch, Meter, batches
from tallystick.planner.metering.delivering import replace_points
from tallystick.planner.metering.scopes import ScopeKey, note_problem
from tallystick.settings.database import TenantDatabase
from tallystick.settings.metering import Reprocessing

if TYPE_CHECKING:
    from tallystick.planner.home import Home


def reprocess(home: Home, database: TenantDatabase, meter: Meter, keys: Iterable[ScopeKey]) -> None:
    """Do what was ordered for scopes, oldest order first. What cannot be collected is tried again the next time."""
    of_scope = {key.scope_id: key for key in keys}
    for order in unfinished(database, of_scope):
        begin = order.current_at or order.start_at
        run = _Run(home, database, meter, order, of_scope[order.scope_id])
        if not all(map(run.again, batches([(order.scope_id, begin)], order.end_at, meter.period))):
            structlog.get_logger("tallystick.metering").warning("reprocessing stopped", scope=order.scope_id)


def unfinished(database: TenantDatabase, scope_ids: Iterable[str]) -> list[Reprocessing]:
    """The orders for some scopes that are not done, by number."""
    wanted = set(scope_ids)
    open_orders = or_(Reprocessing.current_at.is_(None), Reprocessing.current_at < Reprocessing.end_at)
    with database.read() as session:
        rows = session.scalars(
            select(Reprocessing)
            .where(Reprocessing.tenant_id == database.tenant, open_orders)
            .order_by(Reprocessing.number)
        )
        return [row for row in rows if row.scope_id in wanted]


@dataclass(frozen=True)
class _Run:
    """An order at work."""

    home: Home
    database: TenantDatabase
    meter: Meter
    order: Reprocessing
    key: ScopeKey

    def again(self, batch: Batch) -> bool:
        """Replace the points of one stretch. False, and nothing is changed but the scope's problem, when that fails."""
        gathered = self.meter.gather(batch)
        if gathered.problems:
            with self.database.write() as session:
                note_problem(session, self.database.tenant, self.key, gathered.problems[self.order.scope_id])
            return False

        def move_on(session: Session) -> None:
            session.get_one(Reprocessing, (self.database.tenant, self.order.number)).current_at = batch.end

        replace_points(
            self.home,
            self.database.tenant,
            self.meter.name,
            batch,
            gathered.points,
            reason=self.order.reason,
            also=move_on,
        )
        return True
