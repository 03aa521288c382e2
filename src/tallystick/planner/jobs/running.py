"""Running a job in a worker: under its lease, with its end, or its failure, written down."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from tallystick.errors import ConflictError
from tallystick.planner.jobs import queue
from tallystick.planner.jobs.broker import send
from tallystick.planner.jobs.kinds import perform
from tallystick.planner.jobs.queue import COMPUTE, PUBLISH, READ, Policy, Wanted
from tallystick.planner.leases import BusyError, Held, lease
from tallystick.settings.models import Job

if TYPE_CHECKING:
    from tallystick.planner.home import Home

_log = structlog.get_logger("tallystick.jobs")


@dataclass(frozen=True)
class Runner:
    """The means to run jobs."""

    home: Home

    @property
    def policy(self) -> Policy:
        """How what fails is tried again."""
        settings = self.home.config.jobs
        return Policy(settings.attempts, timedelta(seconds=settings.backoff))

    def run(self, tenant: str, job_id: str) -> None:
        """Run a job, unless it is done, not due, or somebody else is at its subject, who sees to it afterwards."""
        database = self.home.database.of(tenant)
        with database.read() as session:
            job = session.get(Job, (tenant, job_id))
        if job is None or job.state not in queue.ACTIVE:
            return
        try:
            self._alone(job)
        except BusyError:
            return
        with database.read() as session:
            send(self.home.broker, queue.next_of(session, job))

    def _alone(self, job: Job) -> None:
        """Run a job under its lease. Raises BusyError when somebody else has it."""
        database = self.home.database.of(job.tenant_id)
        name = queue.lease_name(job.kind, job.subject)
        term = timedelta(seconds=self.home.config.jobs.lease)
        with lease(database, name, waiting=_unasked, patience=0, term=term) as held:
            with database.write() as session:
                claimed = queue.claim(session, job.job_id, held, self.policy)
            if claimed is None:
                return
            bound = {"tenant": job.tenant_id, "job": job.job_id, "kind": job.kind, "subject": job.subject}
            with structlog.contextvars.bound_contextvars(**bound, attempt=claimed.attempts):
                self._attempt(claimed, held)

    def _attempt(self, job: Job, held: Held) -> None:
        _log.info("job begins")
        try:
            follow = perform(self.home, job)
        except Exception as error:
            self._failed(job, held, error)
            return
        with suppress(ConflictError):
            send(self.home.broker, self._finished(job, held, follow))
            _log.info("job done")

    def _finished(self, job: Job, held: Held, follow: Iterable[Wanted]) -> list[Job]:
        with self.home.database.of(job.tenant_id).write() as session:
            queue.finish(session, job.job_id, held)
            queued = queue.enqueue_planned(session, job.tenant_id, follow)
            if job.kind == READ or (job.kind == COMPUTE and not queue.active(session, job.tenant_id, COMPUTE)):
                queued.append(queue.enqueue(session, job.tenant_id, Wanted(PUBLISH)))
        return queued

    def _failed(self, job: Job, held: Held, error: Exception) -> None:
        lasting = queue.lasting(error)
        _log.warning("job failed", reason=queue.reason_of(error), exc_info=None if lasting else error)
        with suppress(ConflictError), self.home.database.of(job.tenant_id).write() as session:
            queue.fail(session, job.job_id, held, error, self.policy)


def _unasked(_holder: str) -> None:
    """Nobody waits."""
