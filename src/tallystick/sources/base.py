"""What a kind of source is: recognises its files by their content and says how to read them.

A kind is an object behind an entry point of the group ``tallystick.sources``; its own part is the protocol
:class:`Kind`. :class:`Source` adds what every kind shares and is what the planner holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Protocol

import duckdb

from tallystick.errors import RefusedError
from tallystick.lake.schemas import TableSchema
from tallystick.sources import archives, cells, dimensions, projection, rawtotals, refusals
from tallystick.sources.delivery import Finding, Limits, RawTotals, Scan
from tallystick.sources.header import Header, read_header

SHARED_MODULES = (cells, dimensions, projection)
"""Modules whose text decides what a scan gives, whatever the kind."""


class Kind(Protocol):
    """What one kind of source knows. It reads no file itself."""

    name: str
    table: TableSchema
    """What its rows are: charges or points."""
    null_texts: tuple[str, ...]
    """CSV texts that mean nothing, beside the empty one."""

    def recognises(self, header: Header) -> bool:
        """Whether a table with these columns is of this kind."""

    def suggest(self, sample: Mapping[str, str]) -> str:
        """A source name from the first data record (cells by ``header.key``; empty for a table without rows)."""

    def project(self, header: Header, billing_period: date | None) -> tuple[projection.Projection, tuple[Finding, ...]]:
        """How to read a table with these columns. Raises RefusedError when a required one is missing."""

    def raw_columns(self) -> rawtotals.RawColumns:
        """Which raw columns to add up independently."""

    def rules(self) -> str:
        """Text that moves when the mapping does."""


@dataclass(frozen=True)
class Source:
    """A kind of source as the planner uses it."""

    kind: Kind

    @property
    def name(self) -> str:
        """The kind's name, e.g. ``aws``."""
        return self.kind.name

    @property
    def table(self) -> TableSchema:
        """The table that its files are read into."""
        return self.kind.table

    @cached_property
    def normaliser(self) -> str:
        """A fingerprint of everything that decides what a scan gives; when it moves, charges are stale."""
        shared = (Path(module.__file__ or "").read_bytes() for module in SHARED_MODULES)
        digest = hashlib.sha256(self.kind.rules().encode())
        for text in shared:
            digest.update(text)
        return digest.hexdigest()

    def scan(
        self, path: Path, *, workspace: Path, limits: Limits, billing_period: date | None, name: str | None = None
    ) -> Scan:
        """How to read one delivered data file. Raises RefusedError for a damaged or foreign one."""
        shown = name or path.name
        unpacked = archives.unpack_file(path, shown, workspace, limits)
        readable = unpacked or path
        header = read_header(readable, shown, limits)
        plan, findings = self.kind.project(header, billing_period)
        source = projection.source_of(header, readable, limits, self.kind.null_texts)
        columns = tuple(column.name for column in header.columns)
        return Scan(projection.select(plan, source, self.table), findings, shown, columns, source, unpacked)

    def refusal(self, name: str, error: duckdb.Error, scan: Scan | None = None) -> RefusedError:
        """DuckDB's error while running a scan as a sentence with file, row (given the scan), column and reason."""
        return refusals.refusal(name, error, scan)

    def raw_totals(self, path: Path, *, limits: Limits, name: str | None = None) -> dict[date | None, RawTotals]:
        """Sums of the raw measure cells by billing period, read again without DuckDB and without a scan's code."""
        return rawtotals.raw_totals(path, name or path.name, self.kind.raw_columns(), limits)
