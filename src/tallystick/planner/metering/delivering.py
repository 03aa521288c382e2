"""Points that do not come as files: they are written to one and taken in like every delivery.

A delivery's row, and what its deliverer remembers of it, are written in one transaction: points are taken in once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.errors import Place, RefusedError
from tallystick.planner import derive_run, records
from tallystick.planner.intake import Taken, workspace
from tallystick.planner.jobs import queue
from tallystick.planner.jobs.broker import send
from tallystick.planner.jobs.planning import read_job
from tallystick.planner.leases import READ
from tallystick.planner.metering.collecting import Batch
from tallystick.planner.metering.withdrawing import after_withdrawals, withdraw
from tallystick.planner.progress import Silent
from tallystick.settings.models import Delivery, Job
from tallystick.sources.delivery import Found, FoundFile

if TYPE_CHECKING:
    from tallystick.planner.home import Home

KIND = "points"
_FILE = "points.parquet"


def _leave(_session: Session, _delivery: Delivery) -> None:
    """Nothing follows."""


def deliver_points(
    home: Home,
    tenant: str,
    source_name: str,
    *,
    series: str,
    points: pa.Table,
    then: Callable[[Session, Delivery], None] = _leave,
) -> Taken:
    """Take in points, which stay unread when the process dies now; see :func:`finish`.

    ``points`` has the columns of a file of kind ``points``; ``series`` must be another for all that is to be added up.
    ``then`` is called in the transaction that remembers the delivery, unless it is known already. With a broker the
    rest is left to workers. Raises RefusedError for points that cannot be accepted.
    """
    intake = home.intake(tenant, Silent())
    queued: list[Job] = []

    def remember(session: Session, delivery: Delivery) -> None:
        delivery.received_at = after_withdrawals(session, tenant, delivery.source_id or "")
        then(session, delivery)
        if home.config.broker:
            session.flush()
            job = read_job(session, delivery, home.normalisers[KIND], int(home.config.jobs.large_above))
            queued.append(queue.enqueue(session, tenant, job))

    with workspace(home.resources.spill) as folder:
        path = Path(folder) / _FILE
        pq.write_table(points, path, compression="zstd")
        taken = intake.receive(_found(series, path), source_name, remember)
    if home.config.broker:
        send(home.broker, queued)
    elif taken.outcome == records.RECEIVED:
        taken = intake.read(taken.delivery_id)
    if taken.outcome == records.REFUSED:
        with home.database.of(tenant).read() as session:
            reason = session.get_one(Delivery, (tenant, taken.delivery_id)).refused_reason
        raise RefusedError(Place(series), reason or "refused")
    return taken


def replace_points(
    home: Home,
    tenant: str,
    source_name: str,
    stretch: Batch,
    points: pa.Table,
    *,
    reason: str,
    also: Callable[[Session], None] = lambda _session: None,
) -> None:
    """Withdraw what the one scope of a stretch has in it and take in its new points, if there are any.

    Both happen in one transaction, in which ``also`` is called. Raises as :func:`deliver_points`.
    """
    (scope_id,) = stretch.scopes

    def replace(session: Session, source_id: str) -> datetime:
        also(session)
        return withdraw(
            session,
            tenant,
            source_id=source_id,
            scope_id=scope_id,
            begin=stretch.begin,
            end=stretch.end,
            reason=reason,
        )

    def then(session: Session, delivery: Delivery) -> None:
        delivery.received_at = replace(session, delivery.source_id or "")

    if points.num_rows:
        deliver_points(home, tenant, source_name, series=stretch.new_series(), points=points, then=then)
        return
    with home.database.of(tenant).write() as session:
        replace(session, records.ensure_source(session, tenant, source_name, KIND).source_id)


def finish(home: Home, tenant: str) -> None:
    """Read what was received and not read, and bring the tables up to date; with a broker workers do that."""
    if home.config.broker:
        return
    context = home.context(tenant, Silent())
    with context.database.read() as session:
        received = session.scalars(
            select(Delivery.delivery_id).where(
                Delivery.tenant_id == tenant, Delivery.kind == KIND, Delivery.state == records.RECEIVED
            )
        ).all()
    for delivery_id in received:
        with context.lease(f"{READ}/{delivery_id}"):
            context.intake.read(delivery_id)
    derive_run.derive(context)


def _found(series: str, path: Path) -> Found:
    return Found(
        kind=KIND,
        series=series,
        files=(FoundFile(_FILE, path),),
        billing_period=None,
        version=clock.now(),
        assembly_id=None,
        suggested_source=KIND,
        origin=series,
    )
