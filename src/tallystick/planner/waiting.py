"""Waiting for workers: what a command shows while they read, compute and publish what it has handed over."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from tallystick.errors import TallyError, UnavailableError
from tallystick.planner import jobs
from tallystick.planner.broker import send
from tallystick.planner.derive_run import published
from tallystick.planner.jobs import COMPUTE, DEAD, DONE, PUBLISH, READ, Wanted
from tallystick.planner.progress import Progress
from tallystick.planner.scheduler import resend
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
        """Say how far it is; whether it is all done."""
        left = Counter(job.kind for job in self._jobs())
        for kind, saying in _SAYINGS.items():
            totals[kind] = max(totals[kind], left[kind])
            if left[kind]:
                self.progress.step(saying, totals[kind] - left[kind], totals[kind])
        if left:
            return False
        if self._published():
            return True
        self._ask()
        return False

    def _jobs(self) -> list[Job]:
        """The jobs on the way to the release. Raises TallyError for a dead one."""
        with self.home.database.of(self.tenant).read() as session:
            mine = Delivery.tenant_id == self.tenant, Delivery.delivery_id.in_(self.delivery_ids)
            sources = set(session.scalars(select(Delivery.source_id).where(*mine)))
            rows = session.scalars(select(Job).where(Job.tenant_id == self.tenant, Job.state != DONE)).all()
        found = [
            job
            for job in rows
            if (job.kind == READ and job.subject in self.delivery_ids)
            or (job.kind == COMPUTE and job.subject.rpartition("/")[0] in sources)
            or job.kind == PUBLISH
        ]
        for job in found:
            if job.state == DEAD:
                raise TallyError(
                    f"{job.kind} {job.subject} has failed: {job.reason}. tally jobs retry {job.job_id[:12]}"
                )
        return found

    def _published(self) -> bool:
        context = self.home.context(self.tenant, self.progress)
        return published(context, context.books())

    def _ask(self) -> None:
        """Have somebody look at what is left."""
        with self.home.database.of(self.tenant).write() as session:
            queued = jobs.enqueue_planned(session, self.tenant, [Wanted(PUBLISH)])
        send(self.home.broker, queued)
