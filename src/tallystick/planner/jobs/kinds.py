"""What a worker does for a job, kind by kind. Everything here can be done again; it gives the jobs that follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.orm import Session

from tallystick.planner import derive_run, maintenance
from tallystick.planner.intake import Taken, workspace
from tallystick.planner.jobs import queue
from tallystick.planner.jobs.broker import send
from tallystick.planner.jobs.planning import partition_of, planned, read_job
from tallystick.planner.jobs.queue import COMPUTE, INGEST, MAINTAIN, PROCESS, PUBLISH, READ, Wanted
from tallystick.planner.metering.processing import process
from tallystick.planner.places import s3_options
from tallystick.planner.progress import Progress
from tallystick.settings.models import Delivery, Job, Watch
from tallystick.sources.delivery import Refused
from tallystick.sources.discovery import listing

if TYPE_CHECKING:
    from tallystick.planner.home import Home


def perform(home: Home, job: Job) -> Sequence[Wanted]:
    """Do what a job says."""
    return _KINDS[job.kind](home, job)


def receive(
    home: Home, tenant: str, address: str, *, as_kind: str | None, source_name: str | None, progress: Progress
) -> list[Taken]:
    """Store every delivery at an address, and queue the jobs that read them."""
    intake = home.intake(tenant, progress)
    large_above = int(home.config.jobs.large_above)
    with home.discovered(address, tenant=tenant, as_kind=as_kind, progress=progress) as found:
        taken = []
        for item in found:
            if isinstance(item, Refused):
                taken.append(intake.refuse(item, address))
                continue
            queued: list[Job] = []

            def then(session: Session, delivery: Delivery, queued: list[Job] = queued) -> None:
                session.flush()
                job = read_job(session, delivery, home.normalisers[delivery.kind or ""], large_above)
                queued.append(queue.enqueue(session, tenant, job))

            taken.append(intake.receive(item, source_name, then))
            send(home.broker, queued)
    return taken


def _ingest(home: Home, job: Job) -> Sequence[Wanted]:
    """Take in what lies at a watched address, unless it is what lay there the last time."""
    database = home.database.of(job.tenant_id)
    with database.read() as session:
        watch = session.get(Watch, (job.tenant_id, job.subject))
    if watch is None:
        return []
    with workspace(home.resources.spill) as folder:
        seen = listing(watch.address, Path(folder), s3_options(home.config))
    if seen != watch.seen:
        receive(
            home,
            job.tenant_id,
            watch.address,
            as_kind=watch.kind,
            source_name=watch.source_name,
            progress=LogProgress(),
        )
        with database.write() as session:
            row = session.get(Watch, (job.tenant_id, job.subject))
            if row is not None:
                row.seen = seen
    return []


def _read(home: Home, job: Job) -> Sequence[Wanted]:
    home.intake(job.tenant_id, LogProgress()).read(job.subject)
    return []


def _compute(home: Home, job: Job) -> Sequence[Wanted]:
    derive_run.compute(home.context(job.tenant_id, LogProgress()), partition_of(job.subject))
    return []


def _publish(home: Home, job: Job) -> Sequence[Wanted]:
    """Publish if every part is there, else queue what is missing."""
    context = home.context(job.tenant_id, LogProgress())
    release = derive_run.publish(context)
    if release is None:
        return planned(context, int(home.config.jobs.large_above))
    structlog.get_logger("tallystick.jobs").info("published", release=release)
    return []


def _maintain(home: Home, job: Job) -> Sequence[Wanted]:
    maintenance.maintain(home.context(job.tenant_id, LogProgress()), home.config.maintain)
    with home.database.of(job.tenant_id).write() as session:
        queue.forget_done(session, job.tenant_id)
    return []


def _process(home: Home, job: Job) -> Sequence[Wanted]:
    process(home, job.tenant_id, LogProgress())
    return []


_KINDS: Mapping[str, Callable[[Home, Job], Sequence[Wanted]]] = {
    INGEST: _ingest,
    READ: _read,
    COMPUTE: _compute,
    PUBLISH: _publish,
    MAINTAIN: _maintain,
    PROCESS: _process,
}


class LogProgress:
    """Says in a worker's log, with the job that it is about, when a piece of work begins and when it ends."""

    def __init__(self) -> None:
        self._log = structlog.get_logger("tallystick.jobs").bind(**structlog.contextvars.get_contextvars())

    def step(self, text: str, done: int, total: int) -> None:
        """The first and the last step of ``total`` are said."""
        if done in (0, total):
            self._log.info(text, done=done, total=total)
