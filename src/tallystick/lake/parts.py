"""A part: one data file of a table, named by the fingerprint of what it was computed from.

The name carries the fingerprint, so the list of files that a snapshot commits *is* the record of what the table was
computed from: data and fingerprint cannot part. A part that was written but not committed when a process died is
found by its name and used.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """A source's billing period (the first day of its month)."""

    source_id: str
    billing_period: date

    def __str__(self) -> str:
        return f"{self.source_id}/{self.billing_period:%Y-%m}"


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One data file of a table's partition."""

    partition: Partition
    fingerprint: str

    @property
    def relative_path(self) -> str:
        """Where the part lies below the table's data folder."""
        return f"{self.partition}/{self.fingerprint}.parquet"


def part_of(path: str) -> Part:
    """The part whose data file lies at a path (the inverse of :attr:`Part.relative_path`)."""
    file = Path(path)
    month = date.fromisoformat(f"{file.parent.name}-01")
    return Part(Partition(file.parent.parent.name, month), file.stem)


def fingerprint(*ingredients: str) -> str:
    """A short name for a list of ingredients, in their order: 40 hexadecimal digits of a SHA-256."""
    digest = hashlib.sha256()
    for ingredient in ingredients:
        data = ingredient.encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()[:40]
