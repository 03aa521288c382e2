"""Keeping a home small: old releases go by policy, then the snapshots, parts and metadata that only they needed.

Small parts of months that are over are put together first. A snapshot that a kept release names is never expired.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from pyiceberg.table import Table
from sqlalchemy import select

from tallystick import clock
from tallystick.engine.derive import write_part
from tallystick.engine.duck import connect, create_view
from tallystick.engine.models import Model
from tallystick.lake.parts import Part
from tallystick.lake.schemas import CHARGE_SETS, LEDGER, TABLES, TableSchema
from tallystick.lake.tables import data_files, local_path
from tallystick.planner.derive_run import Context, derive
from tallystick.planner.leases import DERIVE
from tallystick.planner.plan import by_partition
from tallystick.planner.store import compacted
from tallystick.settings.config import Maintain
from tallystick.settings.models import Release, Tenant

_COMPACTED = (CHARGE_SETS, LEDGER)
_FEWEST = 4
"""Parts of a partition from which putting them together is worth it."""
_GRACE_SECONDS = 3600.0
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
    target = store.path(table, compacted(parts))
    paths = [store.path(table, part) for part in parts]
    if len(parts) < _FEWEST or target.exists() or not all(path.exists() for path in paths):
        return False
    if sum(path.stat().st_size for path in paths) >= below * len(paths):
        return False
    with connect(context.resources) as connection:
        create_view(connection, table.name, table, store.ids[table.name], [str(path) for path in paths])
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
    removed = 0
    for schema in TABLES:
        table = store.tables[schema.name].refresh()
        needed = _needed(table)
        folder = store.lake.tenant_folder(store.tenant) / schema.name
        for path in folder.rglob("*"):
            if path.is_file() and str(path) not in needed and _old(path):
                path.unlink()
                removed += 1
    return removed


def _needed(table: Table) -> set[str]:
    """Every file that a snapshot of the table, or its metadata log, names."""
    needed = {table.metadata_location, *(entry.metadata_file for entry in table.metadata.metadata_log)}
    for snapshot in table.metadata.snapshots:
        needed.add(snapshot.manifest_list)
        needed.update(manifest.manifest_path for manifest in snapshot.manifests(table.io))
        needed.update(local_path(file) for file in data_files(table, snapshot.snapshot_id))
    return {name.removeprefix("file://") for name in needed}


def _old(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > _GRACE_SECONDS
