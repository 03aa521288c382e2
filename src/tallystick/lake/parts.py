"""A part: data of a table's partition, named by the fingerprint of what it was computed from.

A part is one file, ``<fingerprint>.parquet``, or several below ``<fingerprint>/`` that ``<fingerprint>.json`` lists;
it is complete when one of the two is there. The name carries the fingerprint, so the list of files that a snapshot
commits *is* the record of what the table was computed from: data and fingerprint cannot part. A part that was written
but not committed when a process died is found by its name and used.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """A source's billing period (the first day of its month), or of points a day."""

    source_id: str
    billing_period: date

    @property
    def month(self) -> Partition:
        """The billing period that it lies in."""
        return Partition(self.source_id, self.billing_period.replace(day=1))

    def __str__(self) -> str:
        return f"{self.source_id}/{self.billing_period:%Y-%m-%d}"


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """Data of a table's partition."""

    partition: Partition
    fingerprint: str

    @property
    def folder(self) -> str:
        """Where the files of a part of several lie, below the table's data folder."""
        return f"{self.partition}/{self.fingerprint}"

    @property
    def file(self) -> str:
        """Where a part of one file lies."""
        return f"{self.folder}.parquet"

    @property
    def listing(self) -> str:
        """Where the list of the files of a part of several lies: JSON, file name to bytes."""
        return f"{self.folder}.json"


_PERIOD = re.compile(r"\d{4}-\d{2}-\d{2}")


def part_of(path: str) -> Part:
    """The part that a data file at a path belongs to."""
    file = PurePosixPath(path)
    place = file.with_suffix("") if _PERIOD.fullmatch(file.parent.name) else file.parent
    period = date.fromisoformat(place.parent.name)
    return Part(Partition(place.parent.parent.name, period), place.name)


def fingerprint(*ingredients: str) -> str:
    """A short name for a list of ingredients, in their order: 40 hexadecimal digits of a SHA-256."""
    digest = hashlib.sha256()
    for ingredient in ingredients:
        data = ingredient.encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()[:40]
