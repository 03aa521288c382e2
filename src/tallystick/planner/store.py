"""A tenant's tables as the planner handles them: where parts lie, which are there, and their swap.

On an object store every question about parts costs a listing per partition: whoever asks often takes an inventory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Self

from pyiceberg.table import Table

from tallystick.lake.parts import Part
from tallystick.lake.schemas import TABLES, TableSchema
from tallystick.lake.staging import Staging
from tallystick.lake.storage import Reading, Storage
from tallystick.lake.tables import FieldIds, Lake, current_parts, field_ids, swap
from tallystick.planner.inventory import Inventory, in_table


@dataclass(frozen=True)
class Store:
    """The tables of one tenant."""

    lake: Lake
    tenant: str

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """The tenant's tables by name, made if need be."""
        return {schema.name: self.lake.table(self.tenant, schema) for schema in TABLES}

    @cached_property
    def ids(self) -> Mapping[str, Mapping[str, FieldIds]]:
        """The field ids of every table's columns."""
        return {name: field_ids(table.schema()) for name, table in self.tables.items()}

    @cached_property
    def files(self) -> Storage:
        """Where the tables lie, a folder per table."""
        return self.lake.files(self.tenant)

    @cached_property
    def staging(self) -> Staging:
        """The tables by way of which another engine reads and writes parts."""
        return Staging(self.lake.catalog, self.files.below("staging"))

    # Parts

    def inventory(self, parts: Mapping[str, Iterable[Part]] = MappingProxyType({})) -> Inventory:
        """Which parts are there now. ``parts``: table name to parts whose partitions are looked into at once."""
        inventory = Inventory(self.files)
        for schema in TABLES:
            inventory.look(schema, parts.get(schema.name, ()))
        return inventory

    def lying(self, schema: TableSchema, parts: Iterable[Part]) -> frozenset[Part]:
        """Those of some parts that are complete, committed or not."""
        return self.inventory().lying(schema, parts)

    def exists(self, schema: TableSchema, part: Part) -> bool:
        """Whether a part is complete."""
        return self.inventory().exists(schema, part)

    def size(self, schema: TableSchema, part: Part) -> int:
        """The bytes of a part. Raises ConflictError for one that is not there."""
        return self.inventory().size(schema, part)

    def settled(self, schema: TableSchema, parts: Iterable[Part]) -> frozenset[Part]:
        """The parts that stand for some: those parts, or where a partition's were put together, that one."""
        return self.inventory().settled(schema, parts)

    def uris(self, schema: TableSchema, part: Part) -> list[str]:
        """The addresses of the files of a part. Raises ConflictError for one that is not there."""
        return [self.files.uri(name) for name in self.inventory().names(schema, [part])]

    def reading(self) -> PartReading:
        """The way to the files of parts as local ones, which stay until it is closed."""
        return PartReading(self, self.files.reading())

    def name(self, schema: TableSchema, part: Part) -> str:
        """The name of a part of one file."""
        return in_table(schema, part.file)

    def writing(self, schema: TableSchema, part: Part) -> AbstractContextManager[Path]:
        """Where to write a part of one file: it is there, complete, when the block has ended without an exception."""
        return self.files.writing(self.name(schema, part))

    def folder_uri(self, schema: TableSchema, part: Part) -> str:
        """The address below which the files of a part of several are to be written by whoever writes them."""
        return self.files.uri(in_table(schema, part.folder))

    def publish_files(self, schema: TableSchema, part: Part, uris: Iterable[str]) -> None:
        """Complete a part of several files, all of them in place below its folder; nothing when it is complete."""
        if self.exists(schema, part):
            return
        folder = in_table(schema, part.folder)
        names = [self.files.name(uri).removeprefix(f"{folder}/") for uri in uris]
        sizes = {name: self.files.size(f"{folder}/{name}") for name in sorted(names)}
        with self.files.writing(in_table(schema, part.listing)) as path:
            path.write_text(json.dumps(sizes, indent=1), encoding="utf-8")

    # Tables

    def parts(self, schema: TableSchema) -> frozenset[Part]:
        """The parts that a table holds now."""
        table = self.lake.find(self.tenant, schema)
        return frozenset(current_parts(table)) if table else frozenset()

    def row_counts(self) -> dict[str, int]:
        """The rows of every table, as its manifests say."""
        tables = {schema.name: self.lake.find(self.tenant, schema) for schema in TABLES}
        return {
            name: sum(file.record_count for files in current_parts(table).values() for file in files) if table else 0
            for name, table in tables.items()
        }

    def commit(self, schema: TableSchema, wanted: Iterable[Part], token: int) -> bool:
        """Make a table hold exactly the wanted parts, in one commit; False when it does already.

        Raises ConflictError when another process committed meanwhile, or a part is not there.
        """
        table = self.tables[schema.name].refresh()
        current = current_parts(table)
        there = self.inventory()
        wanted_parts = there.settled(schema, wanted)
        added = sorted(wanted_parts - current.keys())
        removed = [file for part, files in current.items() if part not in wanted_parts for file in files]
        if not added and not removed:
            return False
        swap(table, add=list(map(self.files.uri, there.names(schema, added))), remove=removed, token=token)
        return True

    def snapshots(self) -> dict[str, int]:
        """The current snapshot of every table that has one."""
        return {
            name: snapshot.snapshot_id
            for name, table in self.tables.items()
            if (snapshot := table.refresh().current_snapshot()) is not None
        }


@dataclass(frozen=True)
class PartReading:
    """Parts as local files."""

    store: Store
    reading: Reading

    def paths(self, schema: TableSchema, parts: Iterable[Part]) -> list[str]:
        """The local files of some parts. Raises ConflictError for a part that is not there."""
        return list(map(str, self.reading.local(self.store.inventory().names(schema, sorted(parts)))))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.reading.close()
