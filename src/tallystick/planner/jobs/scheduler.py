"""The scheduler: one loop that keeps jobs moving. It keeps nothing itself, and a second one only stands by.

It queues again what was lost with its worker, sends what is queued and not in the broker, polls watched addresses, and
queues what is stale though no job is there for it, and maintenance. All of it follows from the settings database.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick.errors import ConflictError, UnavailableError
from tallystick.planner import releases
from tallystick.planner.jobs import queue, watches
from tallystick.planner.jobs.broker import send
from tallystick.planner.jobs.planning import planned
from tallystick.planner.jobs.queue import MAINTAIN, PROCESS, QUEUED, QUEUES, Wanted
from tallystick.planner.leases import BusyError, Held, lease
from tallystick.planner.metering.sources import configured
from tallystick.planner.progress import Silent
from tallystick.planner.records import tenants
from tallystick.settings.database import EVERY_TENANT, moment
from tallystick.settings.models import Job

if TYPE_CHECKING:
    from tallystick.planner.home import Home

SCHEDULER = "*scheduler"
"""Under this in the place of a tenant lies the scheduler's lease. No tenant has this name."""
_log = structlog.get_logger("tallystick.scheduler")


@dataclass
class Scheduler:
    """Keeps the jobs of every tenant moving."""

    home: Home
    _next_process: dict[str, float] = field(default_factory=dict)
    """And at its metering sources."""
    _next_plan: dict[str, float] = field(default_factory=dict)
    """When (monotonic seconds) each tenant is looked at for what is stale."""

    def run(self, stop: threading.Event) -> None:
        """Keep going until told to stop, under the scheduler's lease; stand by while another has it."""
        settings = self.home.config.jobs
        database, term = self.home.database.of(SCHEDULER), timedelta(seconds=settings.lease)
        standing_by = False
        while not stop.is_set():
            try:
                with lease(database, "loop", waiting=_unasked, patience=0, term=term) as held:
                    _log.info("scheduler begins")
                    self._loop(held, stop)
            except BusyError as error:
                if not standing_by:
                    _log.info("scheduler stands by", reason=str(error))
                standing_by = True
            except (UnavailableError, ConflictError) as error:
                _log.warning("scheduler pauses", reason=str(error))
                standing_by = False
            stop.wait(settings.poll)

    def _loop(self, held: Held, stop: threading.Event) -> None:
        while not stop.wait(self.home.config.jobs.poll):
            with self.home.database.of(SCHEDULER).read() as session:
                held.check(session)
            self.tick()

    def tick(self) -> None:
        """Look at everything once. Raises UnavailableError when the settings database does not answer."""
        with self.home.database.of(EVERY_TENANT).read() as session:
            lost = [tenant for tenant in queue.with_running(session) if queue.lost(session, tenant)]
            due = {watch.tenant_id for watch in watches.due(session)}
            known = tenants(session)
        for tenant in lost:
            self._queue(tenant, queue.put_back_lost)
        for tenant in sorted(due):
            self._queue(tenant, watches.poll)
        for tenant in known:
            if time.monotonic() >= self._next_plan.get(tenant, 0.0):
                self._next_plan[tenant] = time.monotonic() + self.home.config.jobs.plan
                self._plan(tenant)
            if time.monotonic() >= self._next_process.get(tenant, 0.0):
                self._next_process[tenant] = time.monotonic() + self.home.config.metering.every
                self._queue(tenant, _processing)
        resend(self.home)

    def _plan(self, tenant: str) -> None:
        """Queue what is stale, and maintenance. What is wrong with one tenant does not stop the others."""
        settings = self.home.config.jobs
        try:
            wanted = planned(self.home.context(tenant, Silent()), int(settings.large_above))
        except UnavailableError:
            raise
        except Exception as error:
            lasting = queue.lasting(error)
            _log.warning(
                "cannot plan", tenant=tenant, reason=queue.reason_of(error), exc_info=None if lasting else error
            )
            return
        with self.home.database.of(tenant).read() as session:
            horizon = moment(session) - timedelta(seconds=settings.maintain)
            if releases.current_release(session, tenant) and not queue.began_since(session, tenant, MAINTAIN, horizon):
                wanted.append(Wanted(MAINTAIN))
        self._queue(tenant, lambda session, tenant: queue.enqueue_planned(session, tenant, wanted))

    def _queue(self, tenant: str, change: Callable[[Session, str], list[Job]]) -> None:
        with self.home.database.of(tenant).write() as session:
            queued = change(session, tenant)
        for job in queued:
            _log.info("queued", tenant=tenant, job=job.job_id, kind=job.kind, subject=job.subject, reason=job.reason)
        send(self.home.broker, queued)


def _processing(session: Session, tenant: str) -> list[Job]:
    """The job to process what is metered, unless it is there already."""
    if not configured(session, tenant) or queue.active(session, tenant, PROCESS):
        return []
    return [queue.enqueue(session, tenant, Wanted(PROCESS))]


def resend(home: Home) -> None:
    """Send what is queued and due where the broker holds fewer messages: it was away, or has lost them."""
    with home.database.of(EVERY_TENANT).read() as session:
        now = moment(session)
        rows = session.scalars(select(Job).where(Job.state == QUEUED, Job.due_at <= now).order_by(Job.due_at)).all()
    grace = now - timedelta(seconds=home.config.jobs.poll)
    for name in QUEUES:
        queued = [job for job in rows if job.queue == name]
        unsent = [job for job in queued if job.sent_at is None or job.sent_at < grace]
        if unsent and _waiting(home, name) < len(queued):
            _send_again(home, unsent)


def _waiting(home: Home, queue: str) -> int:
    try:
        return home.broker.waiting(queue)
    except UnavailableError as error:
        _log.warning("jobs wait for the broker", reason=str(error))
        return sys.maxsize


def _send_again(home: Home, unsent: list[Job]) -> None:
    for tenant in sorted({job.tenant_id for job in unsent}):
        ids = [job.job_id for job in unsent if job.tenant_id == tenant]
        with home.database.of(tenant).write() as session:
            again = session.scalars(
                select(Job).where(Job.tenant_id == tenant, Job.job_id.in_(ids), Job.state == QUEUED)
            ).all()
            for job in again:
                job.sent_at = moment(session)
        send(home.broker, again)


def _unasked(_holder: str) -> None:
    """Nobody waits."""
