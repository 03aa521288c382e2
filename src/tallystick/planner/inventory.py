"""Which parts of a tenant's tables are there: what lies in each partition, as it was when it was first asked about.

One listing per table and partition answers every question about it, so that asking is cheap on an object store too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from tallystick.errors import ConflictError
from tallystick.lake.parts import Part, Partition, fingerprint
from tallystick.lake.schemas import TableSchema
from tallystick.lake.storage import Storage


@dataclass(frozen=True)
class Inventory:
    """Parts as they lie in a storage. A part is there when its file is, or the list of its files."""

    files: Storage
    """A folder per table."""
    _seen: dict[str, dict[str, int]] = field(default_factory=dict)
    """Folder of a table's partition, to its file names and their bytes."""

    def look(self, schema: TableSchema, parts: Iterable[Part]) -> None:
        """Look into the partitions of some parts, several at a time."""
        unseen = {folder_of(schema, part.partition) for part in parts} - self._seen.keys()
        if unseen:
            for folder, found in self.files.children(sorted(unseen)).items():
                self._seen[folder] = {file.name: file.size for file in found}

    def exists(self, schema: TableSchema, part: Part) -> bool:
        """Whether a part is there, complete."""
        return self._complete(schema, part) is not None

    def lying(self, schema: TableSchema, parts: Iterable[Part]) -> frozenset[Part]:
        """Those of some parts that are there."""
        wanted = list(parts)
        self.look(schema, wanted)
        return frozenset(part for part in wanted if self.exists(schema, part))

    def settled(self, schema: TableSchema, parts: Iterable[Part]) -> frozenset[Part]:
        """The parts that stand for some: those parts, or where a partition's were put together, that one."""
        by_partition: dict[Partition, list[Part]] = {}
        for part in parts:
            by_partition.setdefault(part.partition, []).append(part)
        wholes = {compacted(found): found for found in by_partition.values()}
        together = self.lying(schema, [whole for whole, found in wholes.items() if len(found) > 1])
        return frozenset(part for whole, found in wholes.items() for part in ([whole] if whole in together else found))

    def size(self, schema: TableSchema, part: Part) -> int:
        """The bytes of a part. Raises ConflictError for one that is not there."""
        return sum(self._sizes(schema, part).values())

    def names(self, schema: TableSchema, parts: Iterable[Part]) -> list[str]:
        """The files of some parts, part by part. Raises ConflictError for a part that is not there."""
        wanted = list(parts)
        self.look(schema, wanted)
        return [name for part in wanted for name in self._sizes(schema, part)]

    def _sizes(self, schema: TableSchema, part: Part) -> dict[str, int]:
        name = self._complete(schema, part)
        if name is None:
            raise ConflictError(f"part {part.folder} of {schema.name} is not there any more; run again")
        if name == in_table(schema, part.file):
            return {name: self._seen[folder_of(schema, part.partition)][name]}
        listed = json.loads(self.files.read(name))
        return {f"{in_table(schema, part.folder)}/{file}": int(size) for file, size in listed.items()}

    def _complete(self, schema: TableSchema, part: Part) -> str | None:
        """The name that makes a part complete, if it is there."""
        self.look(schema, [part])
        there = self._seen[folder_of(schema, part.partition)]
        names = in_table(schema, part.file), in_table(schema, part.listing)
        return next((name for name in names if name in there), None)


def in_table(schema: TableSchema, name: str) -> str:
    """The name, below a tenant's folder, of what lies in a table's data folder."""
    return f"{schema.name}/data/{name}"


def folder_of(schema: TableSchema, partition: Partition) -> str:
    """The folder of a table's partition."""
    return in_table(schema, str(partition))


def compacted(parts: Iterable[Part]) -> Part:
    """The one part that holds the rows of several of a partition; of one part, that part."""
    ordered = sorted(parts)
    if len(ordered) == 1:
        return ordered[0]
    return Part(ordered[0].partition, fingerprint("compacted", *(part.fingerprint for part in ordered)))
