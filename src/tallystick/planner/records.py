"""Deliveries, their files and what normalising them gave, as the settings database remembers them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.errors import NotFoundError
from tallystick.lake.parts import Part as LakePart
from tallystick.lake.parts import Partition
from tallystick.lake.schemas import CHARGES, POINTS, TableSchema
from tallystick.lake.storage import Storage
from tallystick.ledger.statements import Statement, load
from tallystick.planner.effective import Candidate, Slot, effective
from tallystick.planner.metered_days import MeteredDay, in_their_months
from tallystick.planner.plan import DisabledKey, Plan, plan
from tallystick.rating.days import Rating
from tallystick.rating.reading import read_rating
from tallystick.settings.models import Delivery, DeliveryFile, Month, Part, Source, TagSetting, Tenant

OPEN, CLOSED = "open", "closed"
RECEIVED, ACCEPTED, REFUSED, REMOVED = "received", "accepted", "refused", "removed"
DATA, MANIFEST = "data", "manifest"


@dataclass(frozen=True)
class Kinds:
    """What books are read with: of every kind of source, its current normaliser and the table that it is read into."""

    normalisers: Mapping[str, str]
    tables: Mapping[str, TableSchema]
    currency: str
    """That points are rated in."""


@dataclass(frozen=True)
class Books:
    """A tenant's accepted deliveries with all that planning needs, read in one go."""

    winners: Mapping[Slot, Candidate]
    candidates: tuple[Candidate, ...]
    data_files: Mapping[str, tuple[str, ...]]
    """Delivery id to the ids of its data files."""
    parts: Mapping[tuple[str, str, date], Part]
    """(source id, file id, billing period) to the part that the current normaliser made."""
    disabled: tuple[DisabledKey, ...]
    statements: tuple[Statement, ...]
    kinds: Mapping[str, str]
    """Source id to its kind."""
    tables: Mapping[str, TableSchema]
    """Source id to the table that its deliveries are read into."""
    rating: Rating
    """The rules by which points are rated."""
    received: Mapping[tuple[str, str], datetime]
    """Source id and file id, to the last time that the file was delivered."""

    @cached_property
    def plan(self) -> Plan:
        """What the tables should hold."""
        return plan(self.delivered(CHARGES), self.disabled, self.statements, self.metered_days())

    def metered_days(self) -> Iterator[MeteredDay]:
        """The days of points that count, in order, and how they are rated."""
        return in_their_months(
            self._metered_day(partition, parts)
            for partition, parts in self.effective_parts.items()
            if parts and self.tables[partition.source_id] is POINTS
        )

    def _metered_day(self, partition: Partition, parts: Iterable[Part]) -> MeteredDay:
        source_id, day = partition.source_id, partition.billing_period
        files = {part.file_id: self.received[source_id, part.file_id] for part in parts}
        points = tuple(sorted(LakePart(partition, part.fingerprint) for part in parts))
        withdrawn = self.rating.withdrawn(source_id, day, files)
        return MeteredDay(partition, points, self.rating.of_day(source_id, day), withdrawn)

    @property
    def unread(self) -> list[str]:
        """The deliveries with a data file that the current normaliser has not read, and that may count.

        Of those whose manifest names the month only the winners may; of the others only their rows say so.
        """
        winners = {winner.delivery_id for winner in self.winners.values()}
        read = {(source_id, file_id) for source_id, file_id, _ in self.parts}
        return sorted(
            one.delivery_id
            for one in self.candidates
            if (one.delivery_id in winners or not one.declared)
            and any((one.source_id, file_id) not in read for file_id in self.data_files[one.delivery_id])
        )

    @cached_property
    def effective_parts(self) -> Mapping[Partition, tuple[Part, ...]]:
        """The charges parts that count, by partition; a file that several series hold counts once.

        A partition that is covered without rows has an empty entry.
        """
        files: dict[Partition, dict[str, None]] = {}
        for (partition, _), winner in sorted(self.winners.items(), key=lambda item: item[0]):
            files.setdefault(partition, {}).update(dict.fromkeys(self.data_files[winner.delivery_id]))
        return {
            partition: tuple(part for file_id in file_ids if (part := self._part(partition, file_id)) and part.rows)
            for partition, file_ids in files.items()
        }

    def _part(self, partition: Partition, file_id: str) -> Part | None:
        return self.parts.get((partition.source_id, file_id, partition.billing_period))

    def delivered(self, table: TableSchema) -> list[LakePart]:
        """Every part that should be in a table of what is delivered."""
        return [
            LakePart(partition, part.fingerprint)
            for partition, parts in self.effective_parts.items()
            if self.tables[partition.source_id] is table
            for part in parts
        ]

    def parts_of(self, source_id: str) -> list[Part]:
        """The parts of one source that count."""
        return [
            part
            for partition, parts in self.effective_parts.items()
            if partition.source_id == source_id
            for part in parts
        ]


def read_books(session: Session, tenant: str, kinds: Kinds, storage: Storage) -> Books:
    """The books of a tenant.

    ``storage`` holds the statements.
    """
    sources = {
        source.source_id: source
        for source in session.scalars(select(Source).where(Source.tenant_id == tenant, Source.removed_at.is_(None)))
    }
    deliveries = [
        delivery
        for delivery in session.scalars(
            select(Delivery).where(Delivery.tenant_id == tenant, Delivery.state == ACCEPTED)
        )
        if delivery.source_id in sources
    ]
    data_files: dict[str, list[str]] = {delivery.delivery_id: [] for delivery in deliveries}
    for file in session.scalars(
        select(DeliveryFile)
        .where(DeliveryFile.tenant_id == tenant, DeliveryFile.role == DATA)
        .order_by(DeliveryFile.delivery_id, DeliveryFile.position)
    ):
        if file.delivery_id in data_files:
            data_files[file.delivery_id].append(file.file_id)
    parts = {
        (part.source_id, part.file_id, part.billing_period): part
        for part in session.scalars(select(Part).where(Part.tenant_id == tenant))
        if part.source_id in sources and kinds.normalisers.get(sources[part.source_id].kind) == part.normaliser
    }
    tables = {source.source_id: kinds.tables.get(source.kind, CHARGES) for source in sources.values()}
    candidates = tuple(
        _candidate(
            delivery, data_files[delivery.delivery_id], parts, adds_up=tables[delivery.source_id or ""] is POINTS
        )
        for delivery in deliveries
    )
    return Books(
        effective(candidates),
        candidates,
        {name: tuple(files) for name, files in data_files.items()},
        parts,
        tuple(_disabled(session, tenant, sources.values())),
        tuple(_statements(session, tenant, sources, storage)),
        {source.source_id: source.kind for source in sources.values()},
        tables,
        read_rating(session, tenant, kinds.currency),
        _received(deliveries, data_files),
    )


def _received(
    deliveries: Iterable[Delivery], data_files: Mapping[str, Iterable[str]]
) -> dict[tuple[str, str], datetime]:
    received: dict[tuple[str, str], datetime] = {}
    for delivery in deliveries:
        for file_id in data_files[delivery.delivery_id]:
            of_file = delivery.source_id or "", file_id
            received[of_file] = max(received.get(of_file, delivery.received_at), delivery.received_at)
    return received


def _candidate(
    delivery: Delivery, files: Iterable[str], parts: Mapping[tuple[str, str, date], Part], *, adds_up: bool
) -> Candidate:
    wanted = set(files)
    periods = {
        period for (source_id, file_id, period) in parts if source_id == delivery.source_id and file_id in wanted
    }
    if delivery.billing_period is not None:
        periods.add(delivery.billing_period)
    return Candidate(
        delivery.delivery_id,
        delivery.source_id or "",
        delivery.series or "",
        delivery.version or delivery.received_at,
        delivery.received_at,
        frozenset(periods),
        declared=delivery.billing_period is not None,
        adds_up=adds_up,
    )


def _disabled(session: Session, tenant: str, sources: Iterable[Source]) -> Iterable[DisabledKey]:
    keys = session.scalars(
        select(TagSetting).where(TagSetting.tenant_id == tenant, TagSetting.enabled.is_(False))
    ).all()
    for source in sources:
        for key in keys:
            if key.provider.casefold() == source.kind.casefold():
                yield DisabledKey(source.source_id, "tag", key.key)


def tenants(session: Session) -> list[str]:
    """Every tenant that has ever stored anything, of those that the session sees."""
    return list(session.scalars(select(Tenant.tenant_id).order_by(Tenant.tenant_id)))


def ensure_tenant(session: Session, tenant: str) -> Tenant:
    """The tenant's row, made if need be."""
    row = session.get(Tenant, tenant)
    if row is None:
        row = Tenant(tenant_id=tenant)
        session.add(row)
        session.flush()
    return row


def find_source(session: Session, tenant: str, name: str) -> Source:
    """The source of a name. Raises NotFoundError for one that does not exist, or was removed."""
    found = _source_named(session, tenant, name)
    if found is None:
        raise NotFoundError(f"there is no source {name!r}; tally sources lists them")
    return found


def find_removable(session: Session, tenant: str, name: str) -> Source:
    """The source of a name, or one that was removed and whose files are still there. Raises NotFoundError."""
    left = Delivery.tenant_id == tenant, Delivery.source_id == Source.source_id, Delivery.state != REMOVED
    half_removed = select(Source).where(
        Source.tenant_id == tenant, Source.name == name, Source.removed_at.is_not(None), exists().where(*left)
    )
    return _source_named(session, tenant, name) or session.scalar(half_removed) or find_source(session, tenant, name)


def _source_named(session: Session, tenant: str, name: str) -> Source | None:
    return session.scalar(
        select(Source).where(Source.tenant_id == tenant, Source.name == name, Source.removed_at.is_(None))
    )


def ensure_source(session: Session, tenant: str, name: str, kind: str) -> Source:
    """The source of a name, made if need be."""
    found = _source_named(session, tenant, name)
    if found is not None:
        return found
    number = session.scalar(select(func.max(Source.number)).where(Source.tenant_id == tenant)) or 0
    source = Source(
        tenant_id=tenant,
        source_id=str(uuid.uuid4()),
        number=number + 1,
        name=name,
        kind=kind,
        created_at=clock.now(),
    )
    session.add(source)
    session.flush()
    return source


def totals_of(part: Part) -> dict[str, Decimal]:
    """The control totals of a part."""
    return {name: Decimal(text) for name, text in part.totals.items()}


def data_files_of(session: Session, tenant: str, delivery_id: str) -> list[tuple[str, str]]:
    """The name and the id of every data file of a delivery, in its order."""
    of_delivery = DeliveryFile.tenant_id == tenant, DeliveryFile.delivery_id == delivery_id
    rows = session.execute(
        select(DeliveryFile.name, DeliveryFile.file_id)
        .where(*of_delivery, DeliveryFile.role == DATA)
        .order_by(DeliveryFile.position)
    )
    return [(name, file_id) for name, file_id in rows]


def forget_files(session: Session, tenant: str, delivery_id: str) -> list[str]:
    """Drop a delivery's file rows; gives the ids of the files that no other delivery has."""
    own = set(
        session.scalars(
            select(DeliveryFile.file_id).where(
                DeliveryFile.tenant_id == tenant, DeliveryFile.delivery_id == delivery_id
            )
        )
    )
    session.execute(
        delete(DeliveryFile).where(DeliveryFile.tenant_id == tenant, DeliveryFile.delivery_id == delivery_id)
    )
    return unreferenced(session, tenant, own)


def unreferenced(session: Session, tenant: str, file_ids: Collection[str]) -> list[str]:
    """Those of some files that no delivery has."""
    of_files = DeliveryFile.tenant_id == tenant, DeliveryFile.file_id.in_(file_ids)
    return sorted(set(file_ids) - set(session.scalars(select(DeliveryFile.file_id).where(*of_files))))


def _statements(session: Session, tenant: str, source_ids: Collection[str], storage: Storage) -> Iterable[Statement]:
    rows = session.scalars(select(Month).where(Month.tenant_id == tenant, Month.state == CLOSED))
    for row in rows:
        if row.source_id in source_ids and row.statement_path and row.statement_hash:
            yield load(storage, row.statement_path, row.statement_hash)
