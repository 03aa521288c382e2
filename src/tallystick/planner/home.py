"""A home: the one object through which the command line, the API and workers use everything that lives in a folder.

Thread-safe; one per process.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from tallystick.engine.duck import Resources
from tallystick.engine.session import Session
from tallystick.errors import ConfigError
from tallystick.lake.blobs import BlobStore
from tallystick.lake.tables import Lake, open_lake
from tallystick.ledger.metered import ledger_costs, metered_checks
from tallystick.ledger.reconcile import Check, SourceTotals, reconcile
from tallystick.planner import closing, derive_run, maintenance, proving, records, removal
from tallystick.planner.fetched import Fetched
from tallystick.planner.intake import Intake, Taken, workspace
from tallystick.planner.jobs import kinds
from tallystick.planner.jobs.broker import Broker, CeleryBroker
from tallystick.planner.jobs.waiting import Wait
from tallystick.planner.large import large_parts
from tallystick.planner.maintenance import Maintained
from tallystick.planner.normalising import Normaliser, normaliser_name
from tallystick.planner.overview import Overview
from tallystick.planner.places import open_storage, s3_options
from tallystick.planner.progress import Progress, Silent
from tallystick.planner.readers import Readers, trino_session
from tallystick.planner.records import Books, Kinds, read_books
from tallystick.planner.releases import current_release, release_before
from tallystick.planner.store import Store
from tallystick.planner.views import DeliveryView, MonthView, Receipt, ReleaseView, SourceView, StatusView
from tallystick.settings.config import Config
from tallystick.settings.database import Database, open_database
from tallystick.settings.models import DeliveryFile
from tallystick.settings.postgresql import driver_url
from tallystick.sources.base import Source
from tallystick.sources.delivery import Found, Limits, Refused
from tallystick.sources.discovery import discover
from tallystick.sources.registry import load_sources

if TYPE_CHECKING:
    from tallystick.planner.publishing import Publisher

DEFAULT_TENANT = "default"


class Home:
    """Everything below ``config.home``."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.database: Database = open_database(config)
        engine = config.engine
        self.resources = Resources(engine.threads, engine.memory, config.home / "spill")
        self._readers = Readers(self.database, self.resources)
        self.storage = open_storage(config)
        self._large = large_parts(config)
        self._stores: dict[str, Store] = {}

    @cached_property
    def lake(self) -> Lake:
        """The tables of every tenant."""
        address = self.config.catalog
        database = driver_url(address).render_as_string(hide_password=False) if address else None
        return open_lake(self.storage, self.config.home.resolve(), database)

    @cached_property
    def broker(self) -> Broker:
        """The way to the workers. Using it raises ConfigError when none is configured."""
        return CeleryBroker(self.config)

    @cached_property
    def publisher(self) -> Publisher | None:
        """Keeps the report store, where there is one."""
        if self.config.reports.store != "postgresql":
            return None
        if self.config.catalog is None:
            raise ConfigError('reports.store = "postgresql" needs catalog, the database to publish in')
        from tallystick.engine.report_store import ReportStore
        from tallystick.planner.publishing import Publisher

        return Publisher(ReportStore(self.config.catalog), self.resources)

    @cached_property
    def source_kinds(self) -> dict[str, Source]:
        """The installed kinds of source, by name."""
        return load_sources()

    @property
    def normalisers(self) -> Mapping[str, str]:
        """The current normaliser of every kind of source."""
        return self._kinds.normalisers

    @cached_property
    def _kinds(self) -> Kinds:
        sources = self.source_kinds.items()
        return Kinds(
            {kind: normaliser_name(source) for kind, source in sources},
            {kind: source.table for kind, source in sources},
            self.config.rating.currency,
        )

    def store(self, tenant: str) -> Store:
        """A tenant's tables."""
        if tenant not in self._stores:
            self._stores[tenant] = Store(self.lake, tenant)
        return self._stores[tenant]

    def blobs(self, tenant: str) -> BlobStore:
        """A tenant's delivered files."""
        return BlobStore(self.storage.below(f"deliveries/{tenant}"))

    # Reading

    def session(self, tenant: str = DEFAULT_TENANT, release_id: int | None = None) -> Session:
        """Read a release, by default the current one. Raises NotFoundError for one that is not kept."""
        store, release = self.store(tenant), self._readers.release(tenant, release_id)
        if release is not None and self.config.reports.store == "trino":
            return trino_session(self.config, tenant, release)
        if release is None or self.publisher is None:
            return self._readers.session(store, release)
        return self.publisher.session(tenant, release, lambda: self._readers.session(store, release))

    def release_id(self, tenant: str = DEFAULT_TENANT) -> int:
        """The number of the release that readers open now; 0 before the first."""
        with self.database.of(tenant).read() as session:
            release = current_release(session, tenant)
        return release.release_id if release else 0

    def release_before(self, tenant: str, moment: datetime) -> int:
        """The number of the last release made before a moment. Raises NotFoundError when none of them is kept."""
        with self.database.of(tenant).read() as session:
            return release_before(session, tenant, moment).release_id

    def books(self, tenant: str = DEFAULT_TENANT) -> Books:
        """The accepted deliveries and what reading them gave."""
        with self.database.of(tenant).read() as session:
            return read_books(session, tenant, self._kinds, self.storage)

    # Taking in

    def ingest(
        self,
        address: str,
        *,
        tenant: str = DEFAULT_TENANT,
        as_kind: str | None = None,
        source_name: str | None = None,
        progress: Progress | None = None,
        wait: bool = True,
    ) -> list[Receipt]:
        """Take in every delivery at an address and bring the tables up to date, here or, with a broker, by workers.

        With a broker the deliveries are stored when this returns, or raises TallyError because a worker failed;
        without ``wait`` it returns before they are read.
        """
        watcher = progress or Silent()
        if self.config.broker:
            return self._hand_over(
                address, tenant=tenant, as_kind=as_kind, source_name=source_name, progress=watcher, wait=wait
            )
        intake = self.intake(tenant, watcher)
        before = self.books(tenant)
        with self.discovered(address, tenant=tenant, as_kind=as_kind, progress=watcher) as found:
            taken = [
                intake.refuse(item, address) if isinstance(item, Refused) else intake.take(item, source_name)
                for item in found
            ]
        context = self.context(tenant, watcher)
        derive_run.derive(context)
        if maintenance.due(context, self.config.maintain):
            maintenance.maintain(context, self.config.maintain)
        return self.receipts(tenant, taken, before)

    @contextmanager
    def discovered(
        self, address: str, *, tenant: str, as_kind: str | None, progress: Progress
    ) -> Iterator[list[Found | Refused]]:
        """What lies at an address; its files stay until the block ends. What the tenant has is not fetched again."""
        blobs = self.blobs(tenant)
        with workspace(self.resources.spill) as folder, blobs.storage.reading() as reading:
            progress.step("looking for bills", 0, 0)
            yield discover(
                address,
                as_kind=as_kind,
                limits=self.limits,
                workspace=Path(folder),
                s3=s3_options(self.config),
                known=Fetched(self.database.of(tenant), blobs, reading),
            )

    def _hand_over(
        self, address: str, *, tenant: str, as_kind: str | None, source_name: str | None, progress: Progress, wait: bool
    ) -> list[Receipt]:
        """Store deliveries and leave the rest to workers."""
        before = self.books(tenant)
        taken = kinds.receive(self, tenant, address, as_kind=as_kind, source_name=source_name, progress=progress)
        if wait:
            Wait(self, tenant, [item.delivery_id for item in taken], progress).until_published()
        return self.receipts(tenant, taken, before)

    @property
    def limits(self) -> Limits:
        """What an archive or a compressed file may hold."""
        limits = self.config.limits
        return Limits(unpacked_bytes=int(limits.unpacked_bytes), archive_files=limits.archive_files)

    def intake(self, tenant: str, progress: Progress) -> Intake:
        """The means to take deliveries in."""
        blobs = self.blobs(tenant)
        normaliser = Normaliser(self.store(tenant), blobs, self.source_kinds, self.resources, self.limits, progress)
        return Intake(self.database.of(tenant), blobs, normaliser)

    def derive(self, tenant: str = DEFAULT_TENANT, *, progress: Progress | None = None) -> int:
        """Bring a tenant's tables up to what its deliveries and configuration say; gives the release that shows it."""
        return derive_run.derive(self.context(tenant, progress or Silent()))

    def maintain(self, tenant: str = DEFAULT_TENANT, *, progress: Progress | None = None) -> Maintained:
        """Derive what is stale, put small parts together, and remove what no kept release needs."""
        context = self.context(tenant, progress or Silent())
        derive_run.derive(context)
        return maintenance.maintain(context, self.config.maintain)

    def months(self, tenant: str = DEFAULT_TENANT) -> list[MonthView]:
        """Every month of every source, open or closed."""
        return closing.months(self.context(tenant, Silent()))

    def close_month(self, tenant: str, source_name: str, period: date) -> None:
        """Close a source's month: its statement is kept, what arrives later is posted as a revision.

        Raises NotFoundError for a source or month without charges, ConflictError for one that is closed or not over.
        """
        closing.close_month(self.context(tenant, Silent()), source_name, period)

    def reconcile(self, tenant: str, deep: bool, reported: SourceTotals) -> list[Check]:
        """Check bill, charges, ledger and report against each other; ``deep`` reads the delivered files again."""
        books = self.books(tenant)
        metered = proving.metered(books)
        with self.session(tenant) as session:
            checks = metered_checks(session, metered) if metered.delivered else []
            unbilled = ledger_costs(session, metered.source_ids)
            checks += reconcile(session, proving.control_totals(books), reported, unbilled)
        if deep:
            checks += proving.deep_checks(books, self.blobs(tenant), self.source_kinds, self.limits)
        return checks

    def context(self, tenant: str, progress: Progress) -> derive_run.Context:
        """What the planner works with."""
        return derive_run.Context(
            self.database.of(tenant),
            self.storage,
            self.store(tenant),
            self.resources,
            self._large,
            self._kinds,
            self.intake(tenant, progress),
            progress,
            timedelta(seconds=self.config.jobs.lease),
            self.publisher,
        )

    def receipts(self, tenant: str, taken: Iterable[Taken], before: Books) -> list[Receipt]:
        """What became of deliveries that were taken in, given the books from before."""
        after = self.books(tenant)
        receipts = []
        with self.database.of(tenant).read() as session:
            overview = Overview(session, tenant, after)
            for item in taken:
                view = overview.delivery(item.delivery_id)
                outcome = view.state if item.outcome == records.RECEIVED or view.state == "superseded" else item.outcome
                replaced = tuple(
                    sorted(
                        slot[0].billing_period
                        for slot, winner in after.winners.items()
                        if winner.delivery_id == item.delivery_id
                        and slot in before.winners
                        and before.winners[slot].delivery_id != item.delivery_id
                    )
                )
                receipts.append(Receipt(outcome, view, replaced))
        return receipts

    def remove_source(self, tenant: str, name: str) -> int:
        """Remove a source: its rows leave every table, its files are purged. Gives the number of files purged.

        Raises NotFoundError for a source that does not exist.
        """
        return removal.remove_source(self.context(tenant, Silent()), self.blobs(tenant), name)

    # Looking

    def sources(self, tenant: str = DEFAULT_TENANT) -> list[SourceView]:
        """The sources, in the order in which they were made."""
        books = self.books(tenant)
        with self.database.of(tenant).read() as session:
            return Overview(session, tenant, books).sources()

    def deliveries(self, tenant: str = DEFAULT_TENANT) -> list[DeliveryView]:
        """Every delivery, newest first, refused ones included."""
        books = self.books(tenant)
        with self.database.of(tenant).read() as session:
            return Overview(session, tenant, books).deliveries()

    def delivery(self, tenant: str, delivery_id: str) -> DeliveryView:
        """One delivery with its files and findings. Raises NotFoundError."""
        books = self.books(tenant)
        with self.database.of(tenant).read() as session:
            return Overview(session, tenant, books).delivery(delivery_id)

    def releases(self, tenant: str = DEFAULT_TENANT) -> list[ReleaseView]:
        """The releases that are kept, newest first."""
        books = self.books(tenant)
        with self.database.of(tenant).read() as session:
            return Overview(session, tenant, books).releases()

    def status(self, tenant: str = DEFAULT_TENANT) -> StatusView:
        """How things stand."""
        books = self.books(tenant)
        stale = derive_run.stale_parts(self.store(tenant), books)
        rows = self.store(tenant).row_counts()
        with self.database.of(tenant).read() as session:
            return Overview(session, tenant, books).status(stale, rows)

    def file_names(self, tenant: str, file_ids: Collection[str]) -> dict[str, str]:
        """The names under which files were delivered, by id."""
        with self.database.of(tenant).read() as session:
            rows = session.execute(
                select(DeliveryFile.file_id, DeliveryFile.name).where(
                    DeliveryFile.tenant_id == tenant, DeliveryFile.file_id.in_(file_ids)
                )
            )
            return dict(rows.all())
