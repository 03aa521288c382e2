"""The values that pass between this room and the planner: what was found, how to read it, what is wrong with it.

A *delivery* is a file set exactly as a provider handed it over. Nothing here reads a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from tallystick.errors import Place
from tallystick.sources.stores import ObjectVersion


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a delivery may make us read, unpack or hold. Beyond it a file is refused, never cut short."""

    unpacked_bytes: int = 64 * 2**30
    """What one compressed file or archive may unpack to, in bytes."""
    archive_files: int = 10_000
    """Files in one archive."""
    manifest_bytes: int = 64 * 2**20
    header_bytes: int = 4 * 2**20
    """A CSV header record, at most."""
    line_bytes: int = 2 * 10**6
    """A CSV data record, at most."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file of a delivery."""

    name: str
    """As the user knows it, relative to the address given."""
    path: Path
    """Where it lies locally, fetched already."""
    role: Literal["data", "manifest"] = "data"
    version: ObjectVersion | None = None
    """Of the object that it was fetched from, if it was."""


@dataclass(frozen=True, slots=True)
class Found:
    """One delivery as discovered."""

    kind: str
    series: str
    """The report or export name of the manifest, else ``default``."""
    files: tuple[FoundFile, ...]
    """Data files and the manifest, so that the delivery can be read again."""
    billing_period: date | None
    """First of the month, when a manifest or path names it; None means that the rows say it."""
    version: datetime
    """Orders deliveries of one source, period and series (UTC): the export time that the provider names, else the
    newest modification time of its files."""
    assembly_id: str | None
    suggested_source: str
    origin: str
    """The address given by the user."""

    @property
    def data_files(self) -> tuple[FoundFile, ...]:
        """The files that hold charges."""
        return tuple(file for file in self.files if file.role == "data")


@dataclass(frozen=True, slots=True)
class Refused:
    """A file or folder that cannot be a delivery, and why."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a file does not keep, though it can be read."""

    rule: str
    column: str | None = None
    count: int | None = None
    """How many rows, when it is about rows."""


@dataclass(frozen=True, slots=True)
class Scan:
    """How to read one delivered data file.

    ``sql`` is a DuckDB SELECT: the columns of the kind's table in ``lake.schemas`` except those that the planner adds
    (``x_source_id``, ``x_file_id``, ``x_row_number``), one row per data record in file order, and ``_problems``:
    NULL, or texts ``column: rule`` joined by ``; ``.
    """

    sql: str
    findings: tuple[Finding, ...]
    name: str
    """The file's name in messages."""
    columns: tuple[str, ...]
    """The delivered column names in order."""
    cells: str
    """FROM clause over the raw cells, whose columns are named ``c0``, ``c1`` ...: used to find a refused row."""
    temporary: Path | None
    """An unpacked copy in the workspace, to be removed after the statement has run."""


@dataclass(frozen=True, slots=True)
class RawTotals:
    """Sums over the raw cells of a file's rows of one billing period, by measure, each cell at 18 decimals."""

    rows: int
    measures: dict[str, Decimal]
