"""Opening releases for reading: one DuckDB database per release, shared by cursors, locked to the release's files.

What lies in an object store is fetched table by table, when the first question names the table.
"""

from __future__ import annotations

import re
import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tallystick.engine.duck import Resources, connect, create_view
from tallystick.engine.rollups import Rollups
from tallystick.engine.session import DuckDbSession, Session, lock
from tallystick.engine.trino import TrinoEngine
from tallystick.engine.trino_session import TrinoSession
from tallystick.errors import ConfigError, NotFoundError
from tallystick.lake.schemas import TABLES, TableSchema
from tallystick.lake.tables import data_files
from tallystick.planner.releases import current_release
from tallystick.planner.store import PartReading, Store
from tallystick.settings.config import Config
from tallystick.settings.database import Database
from tallystick.settings.models import Release

_KEPT = 8
"""How many releases stay open for the next reader."""
_WORD = re.compile(r"\w+")


class _Opened:
    """A release that is open: its database, and the files of tables that nobody has asked for yet."""

    def __init__(self, resources: Resources, store: Store, release: Release | None) -> None:
        self.connection = connect(resources, keep_files=True)
        self.rollups = Rollups()
        self._store = store
        self._waiting = {schema.name: _files(store, schema, release) for schema in TABLES} if release else {}
        self._reading = store.reading()
        weakref.finalize(self, self._reading.reading.close)
        self._lock = threading.Lock()
        for schema in TABLES:
            create_view(self.connection, schema.name, schema, {}, [])
        folder = self._reading.reading.folder
        folder.mkdir(parents=True, exist_ok=True)
        lock(self.connection, str(folder))

    def prepare(self, sql: str) -> None:
        """Make the tables that a statement names readable."""
        if not self._waiting:
            return
        words = set(_WORD.findall(sql.lower()))
        with self._lock:
            for schema in TABLES:
                if schema.name in words and schema.name in self._waiting:
                    self._show(schema, self._reading)
                    del self._waiting[schema.name]

    def _show(self, schema: TableSchema, reading: PartReading) -> None:
        paths = [str(path) for path in reading.reading.local(self._waiting[schema.name])]
        with self.connection.cursor() as cursor:
            create_view(cursor, schema.name, schema, self._store.ids[schema.name], paths)


def _files(store: Store, schema: TableSchema, release: Release) -> Sequence[str]:
    """The names of the files that hold a table's rows in a release."""
    snapshot_id = release.snapshots.get(schema.name)
    if snapshot_id is None:
        return []
    table = store.tables[schema.name]
    if table.snapshot_by_id(snapshot_id) is None and table.refresh().snapshot_by_id(snapshot_id) is None:
        raise NotFoundError(f"release {release.release_id} is no longer kept")
    return [store.files.name(file.file_path) for file in data_files(table, snapshot_id) if file.record_count]


@dataclass
class Readers:
    """The open releases of a process."""

    database: Database
    resources: Resources
    _open: OrderedDict[tuple[str, int], _Opened] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _opening: dict[str, threading.Lock] = field(default_factory=dict)

    def session(self, store: Store, release: Release | None) -> Session:
        """A session on a release; None is what there is before the first."""
        number = release.release_id if release else 0
        opened = self._find(store, release, (store.tenant, number))
        return DuckDbSession(
            opened.connection.cursor(),
            tenant=store.tenant,
            release_id=number,
            prepare=opened.prepare,
            rollups=opened.rollups,
        )

    def _find(self, store: Store, release: Release | None, key: tuple[str, int]) -> _Opened:
        """The release, opened if need be: once, while other tenants' readers go on."""
        with self._lock:
            opening = self._opening.setdefault(store.tenant, threading.Lock())
        with opening:
            opened = self._open.get(key) or _Opened(self.resources, store, release)
            with self._lock:
                self._open[key] = opened
                self._open.move_to_end(key)
                while len(self._open) > _KEPT:
                    self._open.popitem(last=False)
        return opened

    def release(self, tenant: str, release_id: int | None) -> Release | None:
        """A release, by default the current one; None before the first, and for 0.

        Raises NotFoundError for a release that was never made or is no longer kept.
        """
        with self.database.of(tenant).read() as session:
            if not release_id:
                return current_release(session, tenant) if release_id is None else None
            release = session.get(Release, (tenant, release_id))
        if release is None:
            raise NotFoundError(f"there is no release {release_id}")
        return release


def trino_session(config: Config, tenant: str, release: Release) -> Session:
    """A release, read by Trino. Raises ConfigError without one."""
    if config.engine.trino is None:
        raise ConfigError('reports.store = "trino" needs engine.trino')
    snapshots = {schema.name: release.snapshots.get(schema.name) for schema in TABLES}
    return TrinoSession(
        TrinoEngine(config.engine.trino), tenant=tenant, release_id=release.release_id, snapshots=snapshots
    )
