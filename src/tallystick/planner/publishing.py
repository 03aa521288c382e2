"""The report store beside the lake: brought to every release, and read from where it shows the one wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import psycopg
import pyarrow as pa
import structlog
from pyiceberg.manifest import DataFile

from tallystick.engine.duck import Resources, connect, create_view
from tallystick.engine.publication import PUBLISHED, ShownRelease
from tallystick.engine.published_session import PublishedSession
from tallystick.engine.report_store import ReportStore
from tallystick.engine.session import Session
from tallystick.errors import UnavailableError
from tallystick.lake.parts import Partition, fingerprint, part_of
from tallystick.lake.schemas import TableSchema
from tallystick.lake.tables import data_files
from tallystick.planner.releases import current_release
from tallystick.planner.store import Store
from tallystick.settings.database import TenantDatabase
from tallystick.settings.models import Release

_BATCH_ROWS = 20_480
"""Rows in memory at once on their way into the store."""


@dataclass(frozen=True)
class Publisher:
    """Publishes releases and reads them."""

    reports: ReportStore
    resources: Resources

    def publish(self, database: TenantDatabase, store: Store) -> bool:
        """Bring the current release into the report store; False when it is there already.

        Raises UnavailableError when the store does not take it: reports are then answered from the lake.
        """
        with database.read() as session:
            release = current_release(session, store.tenant)
        if release is None:
            return False
        try:
            return self.reports.publish(store.tenant, _shown(release), ReleaseContents(store, release, self.resources))
        except psycopg.Error as error:
            reason = " ".join(str(error).split())
            raise UnavailableError(
                f"release {release.release_id} is made, but the report store did not take it; reports are read from"
                f" the lake until the next run brings it there: {reason}"
            ) from error

    def session(self, tenant: str, release: Release, open_other: Callable[[], Session]) -> Session:
        """A session on a release: on the report store where that shows it, else the other one."""
        try:
            found = self.reports.session(tenant, _shown(release))
        except psycopg.OperationalError as error:
            structlog.get_logger("tallystick.reports").warning("the report store does not answer", reason=str(error))
            found = None
        return open_other() if found is None else PublishedSession(found, open_other)


def _shown(release: Release) -> ShownRelease:
    return ShownRelease(release.release_id, release.fingerprint)


@dataclass(frozen=True)
class ReleaseContents:
    """The published tables of a release, as their files in the lake hold them."""

    store: Store
    release: Release
    resources: Resources

    @cached_property
    def _files(self) -> Mapping[str, Mapping[Partition, Sequence[DataFile]]]:
        return {schema.name: self._files_of(schema) for schema in PUBLISHED}

    def _files_of(self, schema: TableSchema) -> Mapping[Partition, Sequence[DataFile]]:
        snapshot_id = self.release.snapshots.get(schema.name)
        found: dict[Partition, list[DataFile]] = {}
        for file in data_files(self.store.tables[schema.name].refresh(), snapshot_id):
            if file.record_count:
                found.setdefault(part_of(file.file_path).partition, []).append(file)
        return found

    def partitions(self, schema: TableSchema) -> Mapping[Partition, str]:
        """The partitions of a table, each with the name of what it was computed from."""
        return {
            partition: fingerprint(*sorted(part_of(file.file_path).fingerprint for file in files))
            for partition, files in self._files[schema.name].items()
        }

    @contextmanager
    def batches(self, schema: TableSchema, partition: Partition) -> Iterator[Iterator[pa.RecordBatch]]:
        """The rows of a partition, all columns of the table in their order."""
        names = [self.store.files.name(file.file_path) for file in self._files[schema.name][partition]]
        with self.store.files.reading() as reading, connect(self.resources) as connection:
            paths = [str(path) for path in reading.local(names)]
            create_view(connection, schema.name, schema, self.store.ids[schema.name], paths)
            columns = ", ".join(schema.names())
            yield connection.execute(f"SELECT {columns} FROM {schema.name}").to_arrow_reader(_BATCH_ROWS)
