"""A tenant's tables as the planner handles them: where parts lie, which are there, and their swap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyiceberg.table import Table

from tallystick.lake.parts import Part, Partition, fingerprint
from tallystick.lake.schemas import TABLES, TableSchema
from tallystick.lake.tables import FieldIds, Lake, current_parts, field_ids, swap


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

    def path(self, schema: TableSchema, part: Part) -> Path:
        """Where a part lies, or will lie."""
        return self.lake.data_folder(self.tenant, schema) / part.relative_path

    def exists(self, schema: TableSchema, part: Part) -> bool:
        """Whether a part is there, complete."""
        return self.path(schema, part).exists()

    def size(self, schema: TableSchema, part: Part) -> int:
        """The bytes of a part that is there."""
        return self.path(schema, part).stat().st_size

    def parts(self, schema: TableSchema) -> frozenset[Part]:
        """The parts that a table holds now."""
        table = self.lake.find(self.tenant, schema)
        return frozenset(current_parts(table)) if table else frozenset()

    def row_counts(self) -> dict[str, int]:
        """The rows of every table, as its manifests say."""
        tables = {schema.name: self.lake.find(self.tenant, schema) for schema in TABLES}
        return {
            name: sum(file.record_count for file in current_parts(table).values()) if table else 0
            for name, table in tables.items()
        }

    def settled(self, schema: TableSchema, parts: Iterable[Part]) -> frozenset[Part]:
        """The files that stand for some parts: those parts, or where a partition's were put together, that file."""
        by_partition: dict[Partition, list[Part]] = {}
        for part in parts:
            by_partition.setdefault(part.partition, []).append(part)
        settled: set[Part] = set()
        for found in by_partition.values():
            whole = compacted(found)
            settled.update([whole] if self.path(schema, whole).exists() else found)
        return frozenset(settled)

    def commit(self, schema: TableSchema, wanted: Iterable[Part], token: int) -> bool:
        """Make a table hold exactly the wanted parts, in one commit; False when it does already.

        Raises ConflictError when another process committed meanwhile.
        """
        table = self.tables[schema.name].refresh()
        current = current_parts(table)
        wanted_parts = self.settled(schema, wanted)
        added = sorted(wanted_parts - current.keys())
        removed = [file for part, file in current.items() if part not in wanted_parts]
        if not added and not removed:
            return False
        swap(table, add=[self.path(schema, part) for part in added], remove=removed, token=token)
        return True

    def snapshots(self) -> dict[str, int]:
        """The current snapshot of every table that has one."""
        return {
            name: snapshot.snapshot_id
            for name, table in self.tables.items()
            if (snapshot := table.refresh().current_snapshot()) is not None
        }


def compacted(parts: Iterable[Part]) -> Part:
    """The one part that holds the rows of several of a partition; of one part, that part."""
    ordered = sorted(parts)
    if len(ordered) == 1:
        return ordered[0]
    return Part(ordered[0].partition, fingerprint("compacted", *(part.fingerprint for part in ordered)))
