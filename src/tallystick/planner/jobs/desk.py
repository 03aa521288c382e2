"""What people do with a tenant's jobs and watches: look, try again, watch an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick.errors import NotFoundError
from tallystick.planner.jobs import queue, watches
from tallystick.planner.jobs.broker import send
from tallystick.planner.jobs.planning import partition_of
from tallystick.planner.jobs.queue import COMPUTE, READ
from tallystick.planner.views import JobView, WatchView
from tallystick.settings.models import Delivery, Job, Source

if TYPE_CHECKING:
    from tallystick.planner.home import Home


@dataclass(frozen=True, slots=True)
class Desk:
    """The jobs and watches of a tenant."""

    home: Home
    tenant: str

    def jobs(self, state: str | None = None) -> list[JobView]:
        """The jobs, in the order in which they were made; only those in a state, if one is given."""
        wanted = [Job.tenant_id == self.tenant, *([Job.state == state] if state else [])]
        with self.home.database.of(self.tenant).read() as session:
            rows = session.scalars(select(Job).where(*wanted).order_by(Job.created_at, Job.job_id)).all()
            names = _source_names(session, self.tenant)
            return [_view(session, row, names) for row in rows]

    def job(self, beginning: str) -> JobView:
        """The one job whose id begins so. Raises NotFoundError for none or several."""
        found = [view for view in self.jobs() if view.job_id.startswith(beginning.lower())]
        if len(found) != 1:
            raise NotFoundError(f"{len(found) or 'no'} jobs' ids begin with {beginning!r}; tally jobs lists them")
        return found[0]

    def retry(self, job_id: str | None = None) -> int:
        """Queue a dead job, or all of them; gives their number. Raises NotFoundError for one that is not dead."""
        with self.home.database.of(self.tenant).write() as session:
            queued = queue.retry(session, self.tenant, job_id)
        send(self.home.broker, queued)
        return len(queued)

    def watch(self, address: str, *, kind: str | None, source_name: str | None, every: timedelta) -> None:
        """Have the scheduler look at an address from now on, or differently than before."""
        with self.home.database.of(self.tenant).write() as session:
            watches.watch(session, self.tenant, address, kind=kind, source_name=source_name, every=every)

    def unwatch(self, address: str) -> None:
        """Look there no more. Raises NotFoundError for an address that is not watched."""
        with self.home.database.of(self.tenant).write() as session:
            watches.unwatch(session, self.tenant, address)

    def watches(self) -> list[WatchView]:
        """The watched addresses."""
        with self.home.database.of(self.tenant).read() as session:
            rows = watches.watched(session, self.tenant)
        return [
            WatchView(row.address, row.kind, row.source_name, timedelta(seconds=row.every_seconds), row.next_at)
            for row in rows
        ]


def _view(session: Session, row: Job, names: Mapping[str, str]) -> JobView:
    return JobView(
        row.job_id,
        row.kind,
        _subject(session, row, names),
        row.queue,
        row.state,
        row.attempts,
        row.reason,
        row.created_at,
        row.due_at,
        row.started_at,
        row.ended_at,
    )


def _subject(session: Session, row: Job, names: Mapping[str, str]) -> str:
    """What a job is about, in the user's words."""
    if row.kind == COMPUTE:
        partition = partition_of(row.subject)
        return f"{names.get(partition.source_id, partition.source_id)} {partition.billing_period:%Y-%m}"
    if row.kind == READ:
        delivery = session.get(Delivery, (row.tenant_id, row.subject))
        return f"{row.subject[:12]} of {delivery.origin}" if delivery else row.subject
    return row.subject


def _source_names(session: Session, tenant: str) -> dict[str, str]:
    rows = session.execute(select(Source.source_id, Source.name).where(Source.tenant_id == tenant))
    return dict(rows.all())
