"""A tenant's Iceberg tables: opened, listed at a snapshot, and swapped in one commit."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from pyiceberg.exceptions import CommitFailedException, NoSuchTableError
from pyiceberg.io.pyarrow import parquet_file_to_data_file
from pyiceberg.manifest import DataFile, ManifestFile
from pyiceberg.schema import Schema
from pyiceberg.table import Table, Transaction
from pyiceberg.table.metadata import TableMetadata, new_table_metadata
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER
from pyiceberg.table.update.snapshot import _OverwriteFiles
from pyiceberg.typedef import Record
from pyiceberg.types import MapType, NestedField
from pyiceberg.utils.datetime import date_to_days

from tallystick.errors import ConflictError
from tallystick.lake.catalog import Alone, Catalog, alone_in_folder, alone_in_postgresql, open_catalog
from tallystick.lake.iceberg import iceberg_schema, iceberg_type, partition_spec
from tallystick.lake.objects import explained
from tallystick.lake.parts import Part, part_of
from tallystick.lake.schemas import TableSchema
from tallystick.lake.storage import Storage

TOKEN_PROPERTY = "tally.token"
"""Snapshot property: the fencing token of the process that committed it. It never falls."""

_PARTITION = 3
"""Where a data file keeps its partition."""

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
    """The tables of every tenant, a namespace and a folder per tenant."""

    storage: Storage
    """The warehouse."""
    catalog: Catalog = field(repr=False)
    _alone: Alone = field(repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def files(self, tenant: str) -> Storage:
        """Where every table of a tenant lies, a folder per table."""
        return self.storage.below(tenant)

    def table(self, tenant: str, schema: TableSchema) -> Table:
        """Open a table, made or widened to its declaration first."""
        found = self.find(tenant, schema)
        with self._lock, explained(self.storage.uri(tenant)):
            if found is None:
                with self._alone():
                    found = self._create(tenant, schema)
            return _widened(found, schema)

    def find(self, tenant: str, schema: TableSchema) -> Table | None:
        """Open a table as it is; None when it was never made."""
        with self._lock, explained(self.storage.uri(tenant)):
            try:
                return self.catalog.load_table((tenant, schema.name))
            except NoSuchTableError:
                return None

    def make_like(self, tenant: str, schema: TableSchema, columns: Schema) -> None:
        """Make a table with the columns of one of another lake, field ids included, so that its files fit.

        Raises ConflictError when there is one already whose field ids differ.
        """
        found = self.find(tenant, schema)
        if found is not None:
            if field_ids(found.schema()) != field_ids(columns):
                raise ConflictError(f"table {tenant}.{schema.name} is there already, with other field ids")
            return
        location = self.files(tenant).uri(schema.name)
        name = f"{schema.name}/metadata/00000-{uuid.uuid4()}.metadata.json"
        with self._lock, explained(location), self._alone():
            self.catalog.create_namespace_if_not_exists(tenant)
            with self.files(tenant).writing(name) as path:
                path.write_text(empty_table(columns, location).model_dump_json(), encoding="utf-8")
            self.catalog.register_table((tenant, schema.name), self.files(tenant).uri(name))

    def _create(self, tenant: str, schema: TableSchema) -> Table:
        self.catalog.create_namespace_if_not_exists(tenant)
        fields = iceberg_schema(schema)
        return self.catalog.create_table_if_not_exists(
            (tenant, schema.name),
            fields,
            location=self.files(tenant).uri(schema.name),
            partition_spec=partition_spec(fields),
            properties=_TABLE_PROPERTIES,
        )


def open_lake(storage: Storage, home: Path, database: str | None) -> Lake:
    """The lake whose warehouse lies in a storage.

    Its catalogue is the PostgreSQL ``database`` (as SQLAlchemy addresses it), else ``catalog.db`` of the home, SQLite.
    """
    warehouse = storage.below("warehouse")
    alone = alone_in_postgresql(database) if database else alone_in_folder(home)
    with alone():
        catalog = open_catalog(
            database or f"sqlite:///{home / 'catalog.db'}",
            warehouse.uri("").rstrip("/"),
            storage.io_properties,
        )
    return Lake(warehouse, catalog, alone)


def _widened(table: Table, schema: TableSchema) -> Table:
    known = set(table.schema().column_names)
    missing = [column for column in schema.columns if column.name not in known]
    if missing:
        with table.update_schema() as update:
            for column in missing:
                update.add_column(column.name, iceberg_type(column.type))
    return table


def empty_table(columns: Schema, location: str) -> TableMetadata:
    """A table of ours without snapshots. Making one numbers its columns anew, so its schema is put back after that."""
    spec = partition_spec(columns)
    made = new_table_metadata(columns, spec, UNSORTED_SORT_ORDER, location, _TABLE_PROPERTIES)
    ours = {"schemas": [columns], "current_schema_id": columns.schema_id, "last_column_id": columns.highest_field_id}
    return made.model_copy(update=ours | {"partition_specs": [spec]})


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


def current_parts(table: Table) -> dict[Part, list[DataFile]]:
    """What the table holds now: the data files of every part."""
    snapshot = table.current_snapshot()
    parts: dict[Part, list[DataFile]] = {}
    for file in data_files(table, snapshot.snapshot_id if snapshot else None):
        parts.setdefault(part_of(file.file_path), []).append(file)
    return parts


def data_file(table: Table, uri: str) -> DataFile:
    """A part's file as a snapshot lists it.

    Its partition is that of the part: pyiceberg would take it from the file's statistics, which it ignores where the
    writer was Trino.
    """
    partition = part_of(uri).partition
    file = parquet_file_to_data_file(table.io, table.metadata, uri)
    file[_PARTITION] = Record(partition.source_id, date_to_days(partition.billing_period))
    return file


def swap(table: Table, *, add: Collection[str], remove: Collection[DataFile], token: int) -> None:
    """Replace data files, those to add being named by their addresses, in one commit.

    Raises ConflictError when the table has moved meanwhile, or was last committed under a newer token.
    """
    snapshot = table.current_snapshot()
    summary = snapshot.summary if snapshot else None
    if summary is not None and int(summary.additional_properties.get(TOKEN_PROPERTY, "0")) > token:
        raise ConflictError(f"table {'.'.join(table.name())} was committed by a newer process; run again")
    try:
        with (
            explained(table.location()),
            _Transaction(table) as transaction,
            transaction.update_snapshot({TOKEN_PROPERTY: str(token)}).overwrite() as commit,
        ):
            _one_evaluator_per_manifest(commit)
            for file in remove:
                commit.delete_data_file(file)
            for uri in add:
                commit.append_data_file(data_file(table, uri))
    except CommitFailedException as error:
        raise ConflictError(f"table {'.'.join(table.name())} changed while it was computed; run again") from error


class _Transaction(Transaction):
    """Looks at the table's metadata as they are: pyiceberg 0.12 copies them, deep, whenever it reads one of them."""

    @property
    def table_metadata(self) -> TableMetadata:
        """The metadata with what is staged."""
        return super().table_metadata if self._updates else self._table.metadata


def _one_evaluator_per_manifest(commit: _OverwriteFiles) -> None:
    """pyiceberg 0.12 shares a manifest evaluator, which has state, among threads, and then misses files to delete."""
    build = commit._build_manifest_evaluator

    def evaluators(spec_id: int) -> Callable[[ManifestFile], bool]:
        return lambda manifest: build(spec_id)(manifest)  # noqa: PLW0108

    commit._build_manifest_evaluator = evaluators  # type: ignore[method-assign]
