"""Bringing a tenant's tables up to date: read what was never read, compute partition by partition, publish.

Each of the three can be done alone, by another process, and again. A partition is computed under its own lease, tables
are committed and the release is moved under the tenant's.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tallystick.engine.duck import Resources
from tallystick.lake.parts import Part as LakePart
from tallystick.lake.parts import Partition
from tallystick.lake.schemas import DELIVERED, TABLES
from tallystick.lake.storage import Storage
from tallystick.planner import releases
from tallystick.planner.derivation import Derivation
from tallystick.planner.intake import Intake
from tallystick.planner.large import LargeParts
from tallystick.planner.leases import DERIVE, READ, TERM, Held, lease
from tallystick.planner.progress import Progress
from tallystick.planner.records import Books, Kinds, read_books
from tallystick.planner.steps import Step, steps
from tallystick.planner.store import Store
from tallystick.settings.database import TenantDatabase
from tallystick.settings.models import Part

if TYPE_CHECKING:
    from tallystick.planner.publishing import Publisher


@dataclass(frozen=True)
class Context:
    """What a run works with."""

    database: TenantDatabase
    storage: Storage
    store: Store
    resources: Resources
    large: LargeParts | None
    kinds: Kinds
    intake: Intake
    progress: Progress
    term: timedelta = TERM
    """Of the leases that it takes."""
    publisher: Publisher | None = None
    """Keeps the report store, where there is one."""

    def books(self) -> Books:
        """The tenant's books as they stand."""
        with self.database.read() as session:
            return read_books(session, self.store.tenant, self.kinds, self.storage)

    def derivation(self) -> Derivation:
        """The means to compute parts."""
        return Derivation(self.store, self.resources, self.storage, self.large)

    def lease(self, name: str) -> AbstractContextManager[Held]:
        """Hold one of the tenant's leases while a block runs. Raises ConflictError when it cannot be had."""

        def waiting(holder: str) -> None:
            self.progress.step(f"waiting for {holder}", 0, 0)

        return lease(self.database, name, waiting=waiting, term=self.term)


def derive(context: Context) -> int:
    """Do everything here and now; gives the number of the release.

    Raises ConflictError when another process took over.
    """
    books = read_up(context)
    with context.derivation() as derivation:
        _compute_all(context, derivation, books)
        with context.lease(DERIVE) as held:
            return derive_alone(context, derivation, held)


def derive_alone(context: Context, derivation: Derivation, held: Held) -> int:
    """Do everything under the tenant's lease, so that nobody publishes meanwhile; gives the number of the release.

    Raises ConflictError when the lease was lost.
    """
    books = read_up(context)
    _compute_all(context, derivation, books)
    return _publish(context, books, held)


def compute(context: Context, partition: Partition) -> None:
    """Compute what one partition lacks, after what it needs of others. Nothing, when nothing is missing."""
    books = context.books()
    found = {step.partition: step for step in steps(books.plan, context.store.inventory(books.plan.parts))}
    if partition not in found:
        return
    with context.derivation() as derivation:
        for needed in found[partition].needs:
            _compute(context, derivation, books, found[needed])
        _compute(context, derivation, books, found[partition])


def publish(context: Context) -> int | None:
    """Swap every table to what the plan wants and let readers see it; gives the number of the release.

    None, and nothing is done, while parts are missing. Raises ConflictError when the lease was lost.
    """
    store = context.store
    with context.lease(DERIVE) as held:
        books = context.books()
        if books.unread or steps(books.plan, store.inventory(books.plan.parts)):
            return None
        return _publish(context, books, held)


def _publish(context: Context, books: Books, held: Held) -> int:
    store = context.store
    for table in TABLES:
        store.commit(table, books.plan.parts[table.name], held.token)
    release_id = releases.publish(context.database, held, store.snapshots())
    if context.publisher is not None:
        context.progress.step("publishing", 0, 0)
        context.publisher.publish(context.database, store)
    return release_id


def _compute_all(context: Context, derivation: Derivation, books: Books) -> None:
    todo = steps(books.plan, context.store.inventory(books.plan.parts))
    for done, step in enumerate(todo):
        context.progress.step("deriving", done, len(todo))
        _compute(context, derivation, books, step)
    if todo:
        context.progress.step("deriving", len(todo), len(todo))


def _compute(context: Context, derivation: Derivation, books: Books, step: Step) -> None:
    with context.lease(f"{DERIVE}/{step.partition}"):
        derivation.follow(step, books.disabled)


def stale_parts(store: Store, books: Books) -> int:
    """How many parts are wanted and not committed."""
    return sum(len(store.settled(table, books.plan.parts[table.name]) - store.parts(table)) for table in TABLES)


def published(context: Context, books: Books) -> bool:
    """Whether readers see exactly what the plan wants."""
    store = context.store
    with context.database.read() as session:
        release = releases.current_release(session, store.tenant)
    there = store.inventory(books.plan.parts)
    wanted = all(there.settled(table, books.plan.parts[table.name]) == store.parts(table) for table in TABLES)
    return wanted and (release.snapshots if release else {}) == store.snapshots()


def read_up(context: Context) -> Books:
    """The books, after reading what the current normaliser has not read and planning needs, or whose part is lost."""
    books = sound_books(context)
    for delivery_id in books.unread:
        with context.lease(f"{READ}/{delivery_id}"):
            context.intake.read(delivery_id)
    return context.books() if books.unread else books


def sound_books(context: Context) -> Books:
    """The books, in which nothing counts as read whose part is lost."""
    books = context.books()
    there = frozenset(part for table in DELIVERED for part in context.store.lying(table, books.delivered(table)))
    lost = [part for parts in books.effective_parts.values() for part in parts if _part(part) not in there]
    if not lost:
        return books
    with context.database.write() as session:
        for part in lost:
            session.delete(session.merge(part))
    return context.books()


def _part(part: Part) -> LakePart:
    return LakePart(Partition(part.source_id, part.billing_period), part.fingerprint)
