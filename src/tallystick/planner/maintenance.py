"""Keeping a home small: old releases go by policy, then the snapshots, parts and metadata that only they needed.

Small parts of months that are over are put together first. A snapshot that a kept release names is never expired.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pyiceberg.table import Table
from sqlalchemy import select

from tallystick import clock
from tallystick.engine.derive import write_part
from tallystick.engine.duck import connect, create_view
from tallystick.engine.models import Model
from tallystick.lake.parts import Part, part_of
from tallystick.lake.schemas import CHARGE_SETS, LEDGER, TABLES, TableSchema
from tallystick.lake.tables import data_files
from tallystick.planner.derive_run import Context, derive
from tallystick.planner.inventory import compacted, in_table
from tallystick.planner.leases import DERIVE
from tallystick.planner.plan import by_partition
from tallystick.settings.config import Maintain
from tallystick.settings.models import Release, Tenant

_COMPACTED = (CHARGE_SETS, LEDGER)
_FEWEST = 4
"""Parts of a partition from which putting them together is worth it."""
_LONGEST_STATEMENT = timedelta(days=2)
"""A staging table older than this belongs to nobody."""
_GRACE = timedelta(hours=1)
"""Files younger than this may belong to somebody who is still writing."""


@dataclass(frozen=True, slots=True)
class Maintained:
    """What maintenance did."""

    compacted: int
    """Partitions whose parts were put together."""
    releases_removed: int
    snapshots_expired: int
    files_removed: int


def maintain(context: Context, policy: Maintain) -> Maintained:
    """Compact, publish, and remove what no kept release needs."""
    together = _compact(context, policy)
    if together:
        derive(context)
    with context.lease(DERIVE):
        releases = _drop_releases(context, policy)
        expired = _expire(context)
        removed = _remove_files(context)
        context.store.staging.sweep(datetime.now(UTC) - _LONGEST_STATEMENT)
    return Maintained(together, releases, expired, removed)


def due(context: Context, policy: Maintain) -> bool:
    """Whether there are so many releases more than the policy keeps that it is worth the while."""
    with context.database.read() as session:
        rows = session.scalars(select(Release).where(Release.tenant_id == context.store.tenant)).all()
    return len(_droppable(rows, policy)) >= policy.keep_releases


def _compact(context: Context, policy: Maintain) -> int:
    books = context.books()
    this_month = clock.today().replace(day=1)
    done = 0
    for table in _COMPACTED:
        for parts in _finished(books.plan.parts[table.name], this_month):
            done += _compact_partition(context, table, parts, int(policy.compact_below_bytes))
    return done


def _finished(parts: Iterable[Part], this_month: date) -> list[list[Part]]:
    return [found for partition, found in by_partition(parts).items() if partition.billing_period < this_month]


def _compact_partition(context: Context, table: TableSchema, parts: list[Part], below: int) -> bool:
    store = context.store
    together = compacted(parts)
    if len(parts) < _FEWEST or store.lying(table, [together, *parts]) != frozenset(parts):
        return False
    if sum(store.size(table, part) for part in parts) >= below * len(parts):
        return False
    with (
        store.reading() as reading,
        store.writing(table, together) as target,
        connect(context.resources) as connection,
    ):
        create_view(connection, table.name, table, store.ids[table.name], reading.paths(table, parts))
        write_part(connection, Model(table, f"SELECT * FROM {table.name}"), store.ids[table.name], target)
    return True


def _droppable(rows: Iterable[Release], policy: Maintain) -> list[Release]:
    """The releases that are both beyond the number and beyond the age to keep, the current one excepted."""
    newest_first = sorted(rows, key=lambda row: row.release_id, reverse=True)
    horizon = clock.now() - timedelta(days=policy.keep_releases_days)
    return [row for row in newest_first[max(1, policy.keep_releases) :] if row.created_at < horizon]


def _drop_releases(context: Context, policy: Maintain) -> int:
    tenant_id = context.store.tenant
    with context.database.write() as session:
        rows = session.scalars(select(Release).where(Release.tenant_id == tenant_id)).all()
        tenant = session.get(Tenant, tenant_id)
        dropped = [row for row in _droppable(rows, policy) if tenant is None or row.release_id != tenant.release_id]
        for row in dropped:
            session.delete(row)
    return len(dropped)


def _expire(context: Context) -> int:
    with context.database.read() as session:
        rows = session.scalars(select(Release).where(Release.tenant_id == context.store.tenant)).all()
    named = {snapshot_id for row in rows for snapshot_id in row.snapshots.values()}
    expired = 0
    for table in context.store.tables.values():
        current = table.refresh().current_snapshot()
        keep = named | ({current.snapshot_id} if current else set())
        old = [snapshot.snapshot_id for snapshot in table.metadata.snapshots if snapshot.snapshot_id not in keep]
        if old:
            table.maintenance.expire_snapshots().by_ids(old).commit()
            expired += len(old)
    return expired


def _remove_files(context: Context) -> int:
    store = context.store
    plan = context.books().plan
    youngest = datetime.now(UTC) - _GRACE  # files have their times from the machine, not from our clock
    removed = 0
    for schema in TABLES:
        needed = set(map(store.files.name, _needed(store.tables[schema.name].refresh())))
        there = store.inventory()
        wanted = there.settled(schema, plan.parts[schema.name])
        complete = there.lying(schema, wanted)
        needed |= {*there.names(schema, complete), *(in_table(schema, part.listing) for part in complete)}
        for file in store.files.list(schema.name):
            if file.name in needed or file.modified > youngest:
                continue
            if file.name.startswith(in_table(schema, "")) and part_of(file.name) in wanted - complete:
                continue
            store.files.remove(file.name)
            removed += 1
    return removed


def _needed(table: Table) -> set[str]:
    """The addresses of the files that a snapshot of the table, or its metadata log, names, and their lists."""
    needed = {table.metadata_location, *(entry.metadata_file for entry in table.metadata.metadata_log)}
    for snapshot in table.metadata.snapshots:
        needed.add(snapshot.manifest_list)
        needed.update(manifest.manifest_path for manifest in snapshot.manifests(table.io))
        for file in data_files(table, snapshot.snapshot_id):
            listing = f"{table.location()}/data/{part_of(file.file_path).listing}"
            needed |= {file.file_path, listing}
    return needed
