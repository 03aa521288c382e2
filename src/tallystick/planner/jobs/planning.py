"""From what is stale to jobs: what workers must read and compute before a tenant's tables can be published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tallystick.lake.parts import Partition
from tallystick.planner import records
from tallystick.planner.derive_run import Context, published, sound_books
from tallystick.planner.jobs.queue import COMPUTE, LARGE, PUBLISH, READ, SMALL, Wanted, dead_jobs
from tallystick.planner.records import Books
from tallystick.planner.steps import Step, steps
from tallystick.settings.models import Delivery, DeliveryFile


def planned(context: Context, large_above: int) -> list[Wanted]:
    """The jobs that can be done now; none when readers see exactly what the plan wants.

    A source is computed when all that was delivered for it is read; a partition, when what it needs is there. When
    nothing is left to do but to publish, that is the job.
    """
    books = sound_books(context)
    with context.database.read() as session:
        reads = list(_reads(session, context, books, large_above))
    reading = {job.arguments["source"] for job in reads}
    left = steps(books.plan, context.store.inventory(books.plan.parts))
    computes = [
        compute_job(step, large_above) for step in left if not step.needs and step.partition.source_id not in reading
    ]
    if not reads and not left and not published(context, books):
        return [Wanted(PUBLISH)]
    return [*reads, *computes]


def read_job(session: Session, delivery: Delivery, normaliser: str, large_above: int) -> Wanted:
    """The job to read a delivery."""
    of_delivery = DeliveryFile.tenant_id == delivery.tenant_id, DeliveryFile.delivery_id == delivery.delivery_id
    size = session.scalar(select(func.sum(DeliveryFile.size_bytes)).where(*of_delivery)) or 0
    arguments = {"source": delivery.source_id, "normaliser": normaliser}
    return Wanted(READ, delivery.delivery_id, _queue(int(size), large_above), arguments)


def compute_job(step: Step, large_above: int) -> Wanted:
    """The job to compute a partition."""
    return Wanted(COMPUTE, str(step.partition), _queue(step.input_bytes, large_above), {"version": step.version})


def partition_of(subject: str) -> Partition:
    """The partition that a job is to compute."""
    source_id, _, period = subject.rpartition("/")
    return Partition(source_id, date.fromisoformat(period))


def _queue(size: int, large_above: int) -> str:
    return LARGE if size > large_above else SMALL


def _reads(session: Session, context: Context, books: Books, large_above: int) -> Iterator[Wanted]:
    """What was received and not judged, and what the current normaliser has not read; unless trying has failed."""
    tenant = context.store.tenant
    received = Delivery.tenant_id == tenant, Delivery.state == records.RECEIVED
    dead = {(job.subject, job.arguments["normaliser"]) for job in dead_jobs(session, tenant, READ)}
    unread = [session.get_one(Delivery, (tenant, delivery_id)) for delivery_id in books.unread]
    for delivery in (*session.scalars(select(Delivery).where(*received)), *unread):
        normaliser = context.kinds.normalisers.get(delivery.kind or "")
        if normaliser and (delivery.delivery_id, normaliser) not in dead:
            yield read_job(session, delivery, normaliser, large_above)
