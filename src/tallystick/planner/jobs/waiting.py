"""Waiting for workers: what a command shows while they read, compute and publish what it has handed over."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from tallystick.errors import TallyError, UnavailableError
from tallystick.planner.derive_run import published
from tallystick.planner.jobs import queue
from tallystick.planner.jobs.broker import send
from tallystick.planner.jobs.planning import partition_of
from tallystick.planner.jobs.queue import COMPUTE, DEAD, DONE, PUBLISH, READ, Wanted
from tallystick.planner.jobs.scheduler import resend
from tallystick.planner.progress import Progress
from tallystick.settings.models import Delivery, Job

if TYPE_CHECKING:
    from tallystick.planner.home import Home

_POLL_SECONDS = 0.2
_SAYINGS = {READ: "reading", COMPUTE: "deriving", PUBLISH: "publishing"}


@dataclass(frozen=True, slots=True)
class Wait:
    """Waits until readers see some deliveries of a tenant."""

    home: Home
    tenant: str
    delivery_ids: Collection[str]
    progress: Progress

    def until_published(self) -> None:
        """Returns when they are read and what follows from them is published.

        Raises TallyError when a job that this needs is dead.
        """
        totals: Counter[str] = Counter()
        next_look = time.monotonic()
        while True:
            try:
                if self._look(totals):
                    return
                if time.monotonic() > next_look:
                    next_look = time.monotonic() + self.home.config.jobs.poll
                    resend(self.home)
            except UnavailableError as error:
                self.progress.step(f"waiting: {error}", 0, 0)
            time.sleep(_POLL_SECONDS)

    def _look(self, totals: Counter[str]) -> bool:
        """Say how far it is; whether it is all done. Raises TallyError when a dead job is in the way."""
        with self.home.database.of(self.tenant).read() as session:
            mine = Delivery.tenant_id == self.tenant, Delivery.delivery_id.in_(self.delivery_ids)
            sources = {source_id or "" for source_id in session.scalars(select(Delivery.source_id).where(*mine))}
            rows = session.scalars(select(Job).where(Job.tenant_id == self.tenant, Job.state != DONE)).all()
        needed = [job for job in rows if self._needs(job, sources)]
        _complain([job for job in needed if job.state == DEAD])
        left = Counter(job.kind for job in needed)
        for kind, saying in _SAYINGS.items():
            totals[kind] = max(totals[kind], left[kind])
            if left[kind]:
                self.progress.step(saying, totals[kind] - left[kind], totals[kind])
        if left:
            return False
        if self._published():
            return True
        if all(job.state == DEAD for job in rows):
            _complain(rows)
        self._ask()
        return False

    def _needs(self, job: Job, sources: Collection[str]) -> bool:
        """Whether a job is on the way to the release."""
        if job.kind == READ:
            return job.subject in self.delivery_ids
        return job.kind == PUBLISH or (job.kind == COMPUTE and partition_of(job.subject).source_id in sources)

    def _published(self) -> bool:
        context = self.home.context(self.tenant, self.progress)
        return published(context, context.books())

    def _ask(self) -> None:
        """Have somebody look at what is left."""
        with self.home.database.of(self.tenant).write() as session:
            queued = queue.enqueue_planned(session, self.tenant, [Wanted(PUBLISH)])
        send(self.home.broker, queued)


def _complain(dead: Iterable[Job]) -> None:
    """Raises TallyError for the first of the dead jobs that keep a tenant from being published."""
    for job in dead:
        if job.kind in _SAYINGS:
            again = f"tally jobs retry {job.job_id[:12]}"
            raise TallyError(f"what is stored waits for a job that has failed ({job.kind}: {job.reason}); see {again}")
