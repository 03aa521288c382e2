"""Opening releases for reading: one DuckDB database per release, shared by cursors, locked to the tenant's files."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

import duckdb

from tallystick.engine.duck import Resources, connect, create_view
from tallystick.engine.session import DuckDbSession, Session, lock
from tallystick.errors import NotFoundError
from tallystick.lake.schemas import TABLES, TableSchema
from tallystick.lake.tables import data_files, local_path
from tallystick.planner.releases import current_release
from tallystick.planner.store import Store
from tallystick.settings.database import Database
from tallystick.settings.models import Release

_KEPT = 8
"""How many releases stay open for the next reader."""


@dataclass
class Readers:
    """The open releases of a process."""

    database: Database
    resources: Resources
    _open: OrderedDict[tuple[str, int], duckdb.DuckDBPyConnection] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def session(self, store: Store, release_id: int | None) -> Session:
        """A session on a release, by default the current one.

        Raises NotFoundError for a release that was never made or is no longer kept.
        """
        release = self._release(store.tenant, release_id)
        number = release.release_id if release else 0
        key = (store.tenant, number)
        with self._lock:
            if key not in self._open:
                self._open[key] = self._database(store, release)
                while len(self._open) > _KEPT:
                    self._open.popitem(last=False)
            self._open.move_to_end(key)
            return DuckDbSession(self._open[key].cursor(), tenant=store.tenant, release_id=number)

    def _release(self, tenant: str, release_id: int | None) -> Release | None:
        with self.database.of(tenant).read() as session:
            if not release_id:
                return current_release(session, tenant) if release_id is None else None
            release = session.get(Release, (tenant, release_id))
        if release is None:
            raise NotFoundError(f"there is no release {release_id}")
        return release

    def _database(self, store: Store, release: Release | None) -> duckdb.DuckDBPyConnection:
        connection = connect(self.resources)
        for schema in TABLES:
            if release is None:
                create_view(connection, schema.name, schema, {}, [])
            else:
                _create_view(connection, store, schema, release.snapshots.get(schema.name))
        folder = store.lake.tenant_folder(store.tenant)
        folder.mkdir(parents=True, exist_ok=True)
        lock(connection, str(folder))
        return connection


def _create_view(
    connection: duckdb.DuckDBPyConnection, store: Store, schema: TableSchema, snapshot_id: int | None
) -> None:
    table = store.tables[schema.name]
    if snapshot_id is not None and table.snapshot_by_id(snapshot_id) is None:
        table = table.refresh()
    paths = [local_path(file) for file in data_files(table, snapshot_id) if file.record_count]
    create_view(connection, schema.name, schema, store.ids[schema.name], paths)
