"""Staging tables: how an engine of its own, which knows tables only, reads given files and writes new ones.

A staging table is unpartitioned and has the schema of a table of ours, field ids included. One for reading is made of
data files where they lie; one for writing puts them where a part is to lie. It is listed in the same catalogue for as
long as one statement runs. Then it is forgotten, never purged: the files that it names belong to parts.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NamespaceAlreadyExistsError, NoSuchTableError
from pyiceberg.io.pyarrow import parquet_file_to_data_file
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadata, new_table_metadata
from pyiceberg.table.sorting import (
    INITIAL_SORT_ORDER_ID,
    UNSORTED_SORT_ORDER,
    NullOrder,
    SortDirection,
    SortField,
    SortOrder,
)
from pyiceberg.transforms import IdentityTransform

from tallystick.lake.storage import Storage
from tallystick.lake.tables import data_files

NAMESPACE = "tally_staging"
"""Where the catalogue lists them, whose tenant it may be: tenants' own names may have capitals, which Trino lacks."""


@dataclass(frozen=True, slots=True)
class Staging:
    """A tenant's staging tables."""

    catalog: Catalog
    files: Storage
    """Holds their metadata, a folder per table."""

    @contextmanager
    def reading(self, schema: Schema, uris: Sequence[str]) -> Iterator[str]:
        """The name of a table that holds these Parquet files; forgotten when the block ends."""
        with self._table(schema, {}) as table:
            if uris:
                with table.transaction() as transaction, transaction.update_snapshot().fast_append() as append:
                    for uri in uris:
                        append.append_data_file(parquet_file_to_data_file(table.io, table.metadata, uri))
            yield table.name()[-1]

    @contextmanager
    def writing(self, schema: Schema, data_uri: str, order: Sequence[str] = ()) -> Iterator[Table]:
        """An empty table whose data files will lie right below an address; forgotten when the block ends.

        The rows of each file will be in the ascending order of some columns, NULLs last.
        """
        with self._table(schema, {"write.data.path": data_uri}, order) as table:
            yield table

    def sweep(self, before: datetime) -> int:
        """Forget the tables of statements that died before a moment; gives how many there were."""
        names = {file.name.partition("/")[0] for file in self.files.list("")}
        old = [name for name in names if name < _name_at(before)]
        for name in old:
            self._forget(name)
        return len(old)

    @contextmanager
    def _table(self, schema: Schema, properties: dict[str, str], order: Sequence[str] = ()) -> Iterator[Table]:
        with contextlib.suppress(NamespaceAlreadyExistsError):
            self.catalog.create_namespace_if_not_exists(NAMESPACE)
        name = f"{_name_at(datetime.now(UTC))}_{uuid.uuid4().hex}"
        first = f"{name}/metadata/00000-{uuid.uuid4()}.metadata.json"
        try:
            with self.files.writing(first) as path:
                made = _metadata(schema, self.files.uri(name), properties, order)
                path.write_text(made.model_dump_json(), encoding="utf-8")
            yield self.catalog.register_table((NAMESPACE, name), self.files.uri(first))
        finally:
            self._forget(name)

    def _forget(self, name: str) -> None:
        with contextlib.suppress(NoSuchTableError):
            self.catalog.drop_table((NAMESPACE, name))
        for file in list(self.files.list(name)):
            self.files.remove(file.name)


def _name_at(moment: datetime) -> str:
    """What the names of tables made at a moment start with; later ones are greater."""
    return f"{moment:%Y%m%d%H%M%S}"


def _metadata(schema: Schema, location: str, properties: dict[str, str], order: Sequence[str]) -> TableMetadata:
    """A table without snapshots. Making one gives its columns new field ids, so its schema is put back after that."""
    made = new_table_metadata(schema, UNPARTITIONED_PARTITION_SPEC, UNSORTED_SORT_ORDER, location, properties)
    sorting = _sorting(schema, order)
    ours = {
        "schemas": [schema],
        "current_schema_id": schema.schema_id,
        "last_column_id": schema.highest_field_id,
        "sort_orders": [sorting],
        "default_sort_order_id": sorting.order_id,
    }
    return made.model_copy(update=ours)


def _sorting(schema: Schema, order: Sequence[str]) -> SortOrder:
    if not order:
        return UNSORTED_SORT_ORDER
    ids = (schema.find_field(name).field_id for name in order)
    fields = (SortField(id, IdentityTransform(), SortDirection.ASC, NullOrder.NULLS_LAST) for id in ids)
    return SortOrder(*fields, order_id=INITIAL_SORT_ORDER_ID)


def written(table: Table) -> list[str]:
    """The addresses of the data files that a staging table holds now."""
    snapshot = table.refresh().current_snapshot()
    return sorted(file.file_path for file in data_files(table, snapshot.snapshot_id if snapshot else None))
