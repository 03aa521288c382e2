"""A tenant's Iceberg tables: opened, listed at a snapshot, and swapped in one commit."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.io.pyarrow import parquet_file_to_data_file
from pyiceberg.manifest import DataFile
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import MapType, NestedField

from tallystick.errors import ConflictError
from tallystick.lake.iceberg import iceberg_schema, iceberg_type, partition_spec
from tallystick.lake.parts import Part, part_of
from tallystick.lake.schemas import TableSchema

TOKEN_PROPERTY = "tally.token"
"""Snapshot property: the fencing token of the process that committed it. It never falls."""

_TABLE_PROPERTIES = {
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "5",
    "commit.retry.num-retries": "0",
}


@dataclass(frozen=True, slots=True)
class FieldIds:
    """The Iceberg field ids of a column: its own and, of a map, those of key and value."""

    id: int
    key: int | None = None
    value: int | None = None


@dataclass(frozen=True)
class Lake:
    """The tables of every tenant below one folder, a namespace and a folder per tenant."""

    root: Path
    catalog: SqlCatalog = field(repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def tenant_folder(self, tenant: str) -> Path:
        """The folder below which every table of a tenant lies."""
        return self.root / tenant

    def data_folder(self, tenant: str, schema: TableSchema) -> Path:
        """The folder of a table's parts."""
        return self.tenant_folder(tenant) / schema.name / "data"

    def table(self, tenant: str, schema: TableSchema) -> Table:
        """Open a table, made or widened to its declaration first."""
        identifier = (tenant, schema.name)
        with self._lock:
            if not self.catalog.table_exists(identifier):
                with _alone(self.root):
                    self._create(tenant, schema)
            table = self.catalog.load_table(identifier)
        return _widened(table, schema)

    def find(self, tenant: str, schema: TableSchema) -> Table | None:
        """Open a table as it is; None when it was never made."""
        with self._lock:
            identifier = (tenant, schema.name)
            return self.catalog.load_table(identifier) if self.catalog.table_exists(identifier) else None

    def _create(self, tenant: str, schema: TableSchema) -> None:
        self.catalog.create_namespace_if_not_exists(tenant)
        fields = iceberg_schema(schema)
        self.catalog.create_table_if_not_exists(
            (tenant, schema.name),
            fields,
            location=(self.tenant_folder(tenant) / schema.name).as_uri(),
            partition_spec=partition_spec(fields),
            properties=_TABLE_PROPERTIES,
        )


def open_lake(home: Path) -> Lake:
    """The embedded lake of a home: SQLite catalogue ``catalog.db``, warehouse on the local disk."""
    root = (home / "warehouse").resolve()
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root):
        catalog = SqlCatalog("tally", uri=f"sqlite:///{home.resolve() / 'catalog.db'}", warehouse=root.as_uri())
    return Lake(root, catalog)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Only one process at a time: the catalogue's "create if it does not exist" is two steps."""
    with (root / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _widened(table: Table, schema: TableSchema) -> Table:
    known = set(table.schema().column_names)
    missing = [column for column in schema.columns if column.name not in known]
    if missing:
        with table.update_schema() as update:
            for column in missing:
                update.add_column(column.name, iceberg_type(column.type))
    return table


def field_ids(schema: Schema) -> dict[str, FieldIds]:
    """The field ids of a table's columns by name."""
    return {column.name: _field_ids(column) for column in schema.fields}


def _field_ids(column: NestedField) -> FieldIds:
    if isinstance(column.field_type, MapType):
        return FieldIds(column.field_id, column.field_type.key_id, column.field_type.value_id)
    return FieldIds(column.field_id)


def data_files(table: Table, snapshot_id: int | None) -> list[DataFile]:
    """The data files of a snapshot, those without rows included; none when there is no such snapshot."""
    snapshot = table.snapshot_by_id(snapshot_id) if snapshot_id is not None else None
    if snapshot is None:
        return []
    return [
        entry.data_file
        for manifest in snapshot.manifests(table.io)
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)
    ]


def local_path(file: DataFile) -> str:
    """A data file's path on the local disk."""
    return file.file_path.removeprefix("file://")


def current_parts(table: Table) -> dict[Part, DataFile]:
    """What the table holds now, part by part."""
    snapshot = table.current_snapshot()
    return {part_of(file.file_path): file for file in data_files(table, snapshot.snapshot_id if snapshot else None)}


def swap(table: Table, *, add: Collection[Path], remove: Collection[DataFile], token: int) -> None:
    """Replace data files in one commit.

    Raises ConflictError when the table has moved meanwhile, or was last committed under a newer token.
    """
    snapshot = table.current_snapshot()
    summary = snapshot.summary if snapshot else None
    if summary is not None and int(summary.additional_properties.get(TOKEN_PROPERTY, "0")) > token:
        raise ConflictError(f"table {'.'.join(table.name())} was committed by a newer process; run again")
    added = [parquet_file_to_data_file(table.io, table.metadata, path.as_uri()) for path in add]
    try:
        with (
            table.transaction() as transaction,
            transaction.update_snapshot({TOKEN_PROPERTY: str(token)}).overwrite() as commit,
        ):
            for file in remove:
                commit.delete_data_file(file)
            for file in added:
                commit.append_data_file(file)
    except CommitFailedException as error:
        raise ConflictError(f"table {'.'.join(table.name())} changed while it was computed; run again") from error
