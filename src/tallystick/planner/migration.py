"""Moving all that one home holds into another: to a cluster and back, or to another cluster.

What cannot be derived is copied: delivered files, statements of closed months, settings. So are the charges that were
read, so that nothing need be read again. The rest is derived in the target, and both sides must then add up to the
same. The source is only read. A mark in the target says whose move is under way; a move that was cut short goes on
where it stopped, as what is there with the right hash is not copied again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

from tallystick.errors import ConflictError, TallyError
from tallystick.lake.schemas import DELIVERED, TABLES
from tallystick.lake.storage import Storage, copy
from tallystick.ledger.reconcile import Check, SourceTotals
from tallystick.planner.derive_run import stale_parts
from tallystick.planner.home import Home
from tallystick.planner.progress import Progress
from tallystick.settings.database import EVERY_TENANT
from tallystick.settings.models import DeliveryFile, Month, Tenant
from tallystick.settings.tables import METADATA

_MARK = "migration.json"
_MADE_ANEW = frozenset({"releases", "leases", "jobs"})
"""Tables that say what a home is doing, and not what it holds."""
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a tenant."""

    tenant: str
    files: int
    bytes: int
    files_copied: int
    """Of the files; the others were there already, with the right hash."""
    rows: int
    """Of the settings database."""
    checks: int
    """Totals that close in the target, each equal to that of the source."""


@dataclass
class _Copying:
    """Files on their way from one storage into another."""

    source: Storage
    target: Storage
    progress: Progress
    label: str
    bytes: int = 0
    copied: int = 0
    hashes: dict[str, str] = field(default_factory=dict)
    """File name to what its SHA-256 must be, where that is known beforehand."""

    def run(self, names: Iterable[str]) -> int:
        """Bring files over, several at a time; gives how many. Raises TallyError for one that is damaged."""
        wanted = sorted(names)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for done, (size, copied) in enumerate(pool.map(self._bring, wanted)):
                self.progress.step(self.label, done, len(wanted))
                self.bytes += size
                self.copied += copied
        self.progress.step(self.label, len(wanted), len(wanted))
        return len(wanted)

    def _bring(self, name: str) -> tuple[int, bool]:
        """The size of a file, and whether it had to be copied."""
        digest = self.source.sha256(name)
        if digest != self.hashes.get(name, digest):
            raise TallyError(f"{self.source.uri(name)} is not what was delivered; restore it from a backup")
        size = self.source.size(name)
        if self.target.exists(name) and self.target.sha256(name) == digest:
            return size, False
        copy(self.source, name, self.target, name)
        if self.target.sha256(name) != digest:
            raise TallyError(f"{self.target.uri(name)} differs from what was copied there; run again")
        return size, True


def migrate(source: Home, target: Home, reported: SourceTotals, progress: Progress) -> list[Moved]:
    """Move every tenant. ``reported`` is how reports are asked for totals.

    Raises ConflictError for a target that holds data already, a source that is not up to date or that changes
    meanwhile, TallyError for a damaged file or a total that does not close.
    """
    _begin(source, target)
    with source.database.of(EVERY_TENANT).read() as session:
        tenants = sorted(session.scalars(select(Tenant.tenant_id)))
    moved = [_move(source, target, tenant, reported, progress) for tenant in tenants]
    target.storage.remove(_MARK)
    return moved


def _begin(source: Home, target: Home) -> None:
    """Mark the target, or find the mark of a move from the same source."""
    ours = json.dumps({"from": source.storage.uri("")})
    same_database = source.config.catalog == target.config.catalog
    if source.storage.uri("") == target.storage.uri("") or (
        same_database and (source.config.catalog or source.config.home.resolve() == target.config.home.resolve())
    ):
        raise ConflictError("the target shares its files or its database with this home; name another one")
    if target.storage.exists(_MARK):
        if target.storage.read(_MARK).decode() != ours:
            raise ConflictError(f"another move into {target.storage.uri('')} is under way: {_MARK} says from where")
        return
    with target.database.of(EVERY_TENANT).read() as session:
        taken = session.scalar(select(Tenant.tenant_id).limit(1))
    if taken is not None:
        raise ConflictError(f"{target.storage.uri('')} or its database holds data already; move into an empty home")
    with target.storage.writing(_MARK) as path:
        path.write_text(ours, encoding="utf-8")


def _move(source: Home, target: Home, tenant: str, reported: SourceTotals, progress: Progress) -> Moved:
    books = source.books(tenant)
    if books.unread or stale_parts(source.store(tenant), books):
        raise ConflictError(f"the tables of tenant {tenant} are not up to date; run tally maintain first")
    for schema in TABLES:
        original = source.lake.find(tenant, schema)
        if original is not None:
            target.lake.make_like(tenant, schema, original.schema())
    copying = _Copying(source.storage, target.storage, progress, f"copying {tenant}")
    with source.database.of(tenant).read() as session:
        delivered = _delivered(session, source, tenant)
        copying.hashes.update(delivered)
        names = {*delivered, *_statements(session, source, tenant)}
    there = source.store(tenant).inventory()
    read = (name for table in DELIVERED for name in there.names(table, books.delivered(table)))
    files = copying.run({*names, *(f"warehouse/{tenant}/{name}" for name in read)})
    rows = _copy_rows(source, target, tenant)
    target.derive(tenant, progress=progress)
    checks = _prove(source, target, tenant, reported)
    return Moved(tenant, files, copying.bytes, copying.copied, rows, checks)


def _delivered(session: Session, source: Home, tenant: str) -> dict[str, str]:
    """Every delivered file: its name in the storage, and its hash."""
    ids = session.scalars(select(DeliveryFile.file_id).where(DeliveryFile.tenant_id == tenant).distinct())
    blobs = source.blobs(tenant)
    return {source.storage.name(blobs.storage.uri(blobs.name(file_id))): file_id for file_id in ids}


def _statements(session: Session, source: Home, tenant: str) -> list[str]:
    """The files of every statement."""
    folders = session.scalars(select(Month.statement_path).where(Month.tenant_id == tenant)).all()
    return [file.name for folder in folders if folder for file in source.storage.list(folder)]


def _copy_rows(source: Home, target: Home, tenant: str) -> int:
    """Replace a tenant's rows, in one transaction; gives their number."""
    tables = [table for table in METADATA.sorted_tables if table.name not in _MADE_ANEW]
    with source.database.of(tenant).read() as reading, target.database.of(tenant).write() as writing:
        for table in reversed(tables):
            writing.execute(delete(table).where(table.c.tenant_id == tenant))
        return sum(_copy_table(reading, writing, table, tenant) for table in tables)


def _copy_table(reading: Session, writing: Session, table: Table, tenant: str) -> int:
    rows = [dict(row) for row in reading.execute(select(table).where(table.c.tenant_id == tenant)).mappings()]
    if table is Tenant.__table__:
        rows = [row | {"release_id": None} for row in rows]
    if rows:
        writing.execute(insert(table), rows)
    return len(rows)


def _prove(source: Home, target: Home, tenant: str, reported: SourceTotals) -> int:
    """How many totals close on both sides and are the same."""
    before, after = (home.reconcile(tenant, False, reported) for home in (source, target))
    for home, checks in ((source, before), (target, after)):
        if wrong := [check for check in checks if not check.closes]:
            raise TallyError(
                f"{home.storage.uri('')}: {wrong[0].name} of {wrong[0].scope} does not close; see reconcile"
            )
    if _values(before) != _values(after):
        raise ConflictError(f"tenant {tenant} changed while it was moved; run again")
    return len(after)


def _values(checks: Iterable[Check]) -> list[tuple[object, ...]]:
    return [(check.name, check.scope, check.expected, check.actual) for check in checks]
