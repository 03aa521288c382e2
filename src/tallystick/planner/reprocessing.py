"""Reprocessing: the periods of a scope are collected again, and what they had does not count any more.

A stretch is withdrawn and its new points are delivered in one transaction, under the lease of normal processing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.planner import records
from tallystick.planner.collecting import Batch, Meter, batches
from tallystick.planner.metering import KIND, deliver_points
from tallystick.planner.scopes import ScopeKey, identity
from tallystick.planner.withdrawing import withdraw
from tallystick.settings.database import TenantDatabase
from tallystick.settings.metering import Reprocessing, ScopeState
from tallystick.settings.models import Delivery

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
            self._complain(gathered.problems[self.order.scope_id])
        elif gathered.points.num_rows:
            self._deliver(batch, gathered.points)
        else:
            with self.database.write() as session:
                source = records.ensure_source(session, self.database.tenant, self.meter.name, KIND)
                self._replace(session, source.source_id, batch)
        return not gathered.problems

    def _deliver(self, batch: Batch, points: pa.Table) -> None:
        def then(session: Session, delivery: Delivery) -> None:
            delivery.received_at = self._replace(session, delivery.source_id or "", batch)

        deliver_points(
            self.home, self.database.tenant, self.meter.name, series=batch.new_series(), points=points, then=then
        )

    def _replace(self, session: Session, source_id: str, batch: Batch) -> datetime:
        """Withdraw what the stretch had, and note that it is done; gives the moment from which points count again."""
        session.get_one(Reprocessing, (self.database.tenant, self.order.number)).current_at = batch.end
        return withdraw(
            session,
            self.database.tenant,
            source_id=source_id,
            scope_id=self.order.scope_id,
            begin=batch.begin,
            end=batch.end,
            reason=self.order.reason,
        )

    def _complain(self, reason: str) -> None:
        with self.database.write() as session:
            state = session.get_one(ScopeState, (self.database.tenant, *identity(self.key)))
            state.problem, state.problem_at = reason, clock.now()
