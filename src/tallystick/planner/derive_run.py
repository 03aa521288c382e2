"""One run of the planner for a tenant, under its lease: read what was never read, compute, commit, publish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from tallystick.engine.duck import Resources
from tallystick.lake.parts import Part as LakePart
from tallystick.lake.parts import Partition
from tallystick.lake.schemas import CHARGES, TABLES
from tallystick.planner import records
from tallystick.planner.derivation import Derivation
from tallystick.planner.intake import Intake
from tallystick.planner.leases import DERIVE, lease
from tallystick.planner.progress import Progress
from tallystick.planner.records import Books, read_books
from tallystick.planner.releases import publish
from tallystick.planner.store import Store
from tallystick.settings.database import TenantDatabase
from tallystick.settings.models import Delivery, DeliveryFile, Part


@dataclass(frozen=True)
class Context:
    """What a run works with."""

    database: TenantDatabase
    store: Store
    resources: Resources
    normalisers: Mapping[str, str]
    intake: Intake
    progress: Progress

    def books(self) -> Books:
        """The tenant's books as they stand."""
        with self.database.read() as session:
            return read_books(session, self.store.tenant, self.normalisers)


def derive(context: Context) -> int:
    """Bring the tables up to date and publish them; gives the number of the release.

    Raises ConflictError when another process took over.
    """
    store = context.store

    def waiting(holder: str) -> None:
        context.progress.step(f"waiting for {holder}", 0, 0)

    with lease(context.database, DERIVE, waiting=waiting) as held:
        books = _read_up(context)
        wanted = books.plan
        derivation = Derivation(store, context.resources, context.progress)
        derivation.compute(wanted, books.disabled)
        derivation.commit(wanted, held.token)
        return publish(context.database, held, store.snapshots())


def stale_parts(store: Store, books: Books) -> int:
    """How many parts are wanted and not committed."""
    return sum(len(store.settled(table, books.plan.parts[table.name]) - store.parts(table)) for table in TABLES)


def _read_up(context: Context) -> Books:
    """The books, after reading what the current normaliser has not read and planning needs, or whose part is lost."""
    books = context.books()
    lost = [
        part
        for parts in books.effective_parts.values()
        for part in parts
        if not context.store.path(CHARGES, _part(part)).exists()
    ]
    if lost:
        with context.database.write() as session:
            for part in lost:
                session.delete(session.merge(part))
        books = context.books()
    unread = books.unread
    for delivery_id in unread:
        _read_again(context, delivery_id)
    return context.books() if unread else books


def _part(part: Part) -> LakePart:
    return LakePart(Partition(part.source_id, part.billing_period), part.fingerprint)


def _read_again(context: Context, delivery_id: str) -> None:
    tenant = context.store.tenant
    with context.database.read() as session:
        delivery = session.get_one(Delivery, (tenant, delivery_id))
        files = session.scalars(
            select(DeliveryFile)
            .where(
                DeliveryFile.tenant_id == tenant,
                DeliveryFile.delivery_id == delivery_id,
                DeliveryFile.role == records.DATA,
            )
            .order_by(DeliveryFile.position)
        ).all()
    context.intake.normalise(delivery, [(file.name, file.file_id) for file in files])
