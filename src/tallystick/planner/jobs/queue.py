"""Jobs: what workers are to do, remembered in the settings database.

A job is a hint. What there is to do follows from deliveries and configuration, and doing it again changes nothing; so a
job may be run twice, be given up, or be made anew. Its states:

    queued -> running -> done
      ^          |-----> queued again, later: it failed, or its worker was lost
      |          '-----> dead: it failed for good, or too often
      '---- dead, when somebody retries it

A message through the broker says only that a job is there. A job runs under the lease of its kind and subject; one
that is running though its lease is not held was lost.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from tallystick.errors import ConflictError, NotFoundError, TallyError, UnavailableError
from tallystick.planner.leases import Held, tokens
from tallystick.settings.database import moment
from tallystick.settings.models import Job

QUEUED, RUNNING, DONE, DEAD = "queued", "running", "done", "dead"
STATES = (QUEUED, RUNNING, DONE, DEAD)
ACTIVE = (QUEUED, RUNNING)
SMALL, LARGE = QUEUES = ("small", "large")
INGEST, READ, COMPUTE, PUBLISH, MAINTAIN, PROCESS = KINDS = (
    "ingest",
    "read",
    "compute",
    "publish",
    "maintain",
    "process",
)
_KEPT = timedelta(days=7)
"""How long done jobs are remembered."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A job to be queued. Two of the same kind and subject are one; ``arguments`` say which version of the work."""

    kind: str
    subject: str = ""
    queue: str = SMALL
    arguments: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """How often, and how soon, what failed is tried again."""

    attempts: int
    backoff: timedelta

    def delay(self, attempts: int) -> timedelta:
        """How long to wait after so many attempts: doubled with each."""
        return self.backoff * 2.0 ** (attempts - 1)


def lease_name(kind: str, subject: str) -> str:
    """The lease under which a job runs."""
    return f"job/{kind}/{subject}"


def enqueue(session: Session, tenant: str, wanted: Wanted) -> Job:
    """Queue a job, or bring the one that is queued up to date. It must then be sent. What died of it is forgotten."""
    same = Job.tenant_id == tenant, Job.kind == wanted.kind, Job.subject == wanted.subject
    session.execute(delete(Job).where(*same, Job.state == DEAD))
    job = session.scalar(select(Job).where(*same, Job.state == QUEUED))
    now = moment(session)
    if job is None:
        job = Job(
            tenant_id=tenant,
            job_id=uuid.uuid4().hex,
            kind=wanted.kind,
            subject=wanted.subject,
            queue=wanted.queue,
            state=QUEUED,
            created_at=now,
            due_at=now,
        )
        session.add(job)
    job.arguments = dict(wanted.arguments)
    job.queue = wanted.queue
    job.sent_at = now
    return job


def enqueue_planned(session: Session, tenant: str, planned: Iterable[Wanted]) -> list[Job]:
    """Queue what is neither queued nor running in that version already, and has not died of it."""
    rows = session.scalars(select(Job).where(Job.tenant_id == tenant, Job.state != DONE)).all()
    known = {(row.kind, row.subject, *sorted(row.arguments.items())) for row in rows}
    return [
        enqueue(session, tenant, wanted)
        for wanted in planned
        if (wanted.kind, wanted.subject, *sorted(wanted.arguments.items())) not in known
    ]


def counts(session: Session, tenant: str) -> dict[str, int]:
    """How many jobs are in each state but done."""
    unfinished = Job.tenant_id == tenant, Job.state != DONE
    found = dict(session.execute(select(Job.state, func.count()).where(*unfinished).group_by(Job.state)).all())
    return {state: found.get(state, 0) for state in STATES if state != DONE}


def oldest_queued(session: Session, tenant: str) -> datetime | None:
    """Since when the job that has waited longest has been due."""
    waiting = Job.tenant_id == tenant, Job.state == QUEUED, Job.due_at <= moment(session)
    return session.scalar(select(func.min(Job.due_at)).where(*waiting))


def active(session: Session, tenant: str, *kinds: str) -> list[Job]:
    """The jobs of some kinds that are queued or running."""
    wanted = Job.tenant_id == tenant, Job.kind.in_(kinds), Job.state.in_(ACTIVE)
    return list(session.scalars(select(Job).where(*wanted)))


def dead_jobs(session: Session, tenant: str, kind: str) -> list[Job]:
    """The jobs of a kind that have died."""
    return list(session.scalars(select(Job).where(Job.tenant_id == tenant, Job.kind == kind, Job.state == DEAD)))


def next_of(session: Session, job: Job) -> list[Job]:
    """The job of the same kind and subject that is queued and due, if there is one."""
    same = Job.tenant_id == job.tenant_id, Job.kind == job.kind, Job.subject == job.subject
    return list(session.scalars(select(Job).where(*same, Job.state == QUEUED, Job.due_at <= moment(session))))


def claim(session: Session, job_id: str, held: Held, policy: Policy) -> Job | None:
    """Begin an attempt under the job's lease; None when there is nothing to do, or not yet.

    A job that was lost by as many workers as it may have attempts is dead.
    """
    job = session.get(Job, (held.tenant, job_id))
    now = moment(session)
    if job is None or job.state not in ACTIVE or job.due_at > now:
        return None
    if job.attempts >= policy.attempts:
        _end(session, job, DEAD, job.reason or "its workers were lost")
        return None
    job.state = RUNNING
    job.attempts += 1
    job.token = held.token
    job.started_at = now
    return job


def finish(session: Session, job_id: str, held: Held) -> None:
    """It is done. Raises ConflictError when another worker has taken the job over."""
    held.check(session)
    _end(session, session.get_one(Job, (held.tenant, job_id)), DONE, None)


def fail(session: Session, job_id: str, held: Held, error: Exception, policy: Policy) -> None:
    """An attempt failed. Raises ConflictError when another worker has taken the job over."""
    held.check(session)
    job = session.get_one(Job, (held.tenant, job_id))
    job.reason = reason_of(error)
    if lasting(error) or job.attempts >= policy.attempts:
        _end(session, job, DEAD, job.reason)
    else:
        _put_back(session, job, moment(session) + policy.delay(job.attempts))


def lasting(error: Exception) -> bool:
    """Whether trying again is of no use: the user must put something right."""
    return isinstance(error, TallyError) and not isinstance(error, (ConflictError, UnavailableError))


def reason_of(error: Exception) -> str:
    """An error in a line or two."""
    return str(error) if isinstance(error, TallyError) else f"{type(error).__name__}: {error}"


def began_since(session: Session, tenant: str, kind: str, moment: datetime) -> bool:
    """Whether a job of a kind was queued since a moment, or waits to be."""
    of_kind = Job.tenant_id == tenant, Job.kind == kind
    since = or_(Job.created_at > moment, Job.state.in_(ACTIVE))
    return session.scalar(select(Job.job_id).where(*of_kind, since).limit(1)) is not None


def with_running(session: Session) -> list[str]:
    """The tenants that have running jobs, of those that the session sees."""
    return list(session.scalars(select(Job.tenant_id).where(Job.state == RUNNING).distinct().order_by(Job.tenant_id)))


def lost(session: Session, tenant: str) -> list[Job]:
    """The jobs of a tenant that run under a lease that nobody holds."""
    running = session.scalars(select(Job).where(Job.tenant_id == tenant, Job.state == RUNNING)).all()
    held = tokens(session, tenant) if running else {}
    return [job for job in running if held.get(lease_name(job.kind, job.subject)) != job.token]


def put_back_lost(session: Session, tenant: str) -> list[Job]:
    """Queue again what was lost."""
    rows = lost(session, tenant)
    for job in rows:
        job.reason = "its worker was lost"
        _put_back(session, job, moment(session))
    return [job for job in rows if job.state == QUEUED]


def retry(session: Session, tenant: str, job_id: str | None = None) -> list[Job]:
    """Queue a dead job, or all of them, with all attempts before it. Raises NotFoundError for one that is not dead."""
    dead = Job.tenant_id == tenant, Job.state == DEAD
    rows = session.scalars(select(Job).where(*dead, *([Job.job_id == job_id] if job_id else []))).all()
    if job_id and not rows:
        raise NotFoundError(f"there is no dead job {job_id}; tally jobs --state dead lists them")
    for job in rows:
        job.attempts = 0
        _put_back(session, job, moment(session))
    return [job for job in rows if job.state == QUEUED]


def forget_done(session: Session, tenant: str) -> None:
    """Drop what was done long ago."""
    old = Job.tenant_id == tenant, Job.state == DONE, Job.ended_at < moment(session) - _KEPT
    session.execute(delete(Job).where(*old))


def _put_back(session: Session, job: Job, due_at: datetime) -> None:
    """Queue a job again; where another of its kind and subject is queued already, that one does it."""
    same = Job.tenant_id == job.tenant_id, Job.kind == job.kind, Job.subject == job.subject
    if session.scalar(select(Job).where(*same, Job.state == QUEUED)) is not None:
        _end(session, job, DONE, f"{job.reason}; left to the next" if job.reason else "left to the next")
        return
    job.state = QUEUED
    job.due_at = due_at
    job.sent_at = moment(session)


def _end(session: Session, job: Job, state: str, reason: str | None) -> None:
    job.state = state
    job.reason = reason
    job.ended_at = moment(session)
