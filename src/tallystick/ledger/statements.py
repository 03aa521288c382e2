"""Closing a month: an immutable statement of its postings, kept outside the warehouse.

A statement is a folder: ``ledger.parquet`` and ``charge_sets.parquet`` (the month's postings and what their dimension
sets stand for) and ``statement.json`` (what they were computed from, and their hashes). No recomputation and no expiry
touches it. What arrives later is posted in the next open month as the difference to it.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from tallystick.errors import TallyError
from tallystick.lake.blobs import hash_file
from tallystick.lake.parts import Part, Partition, fingerprint
from tallystick.lake.schemas import CHARGE_SETS, LEDGER, TableSchema


@dataclass(frozen=True, slots=True)
class Statement:
    """A closed month."""

    partition: Partition
    folder: Path
    postings: frozenset[str]
    """The fingerprints of the ledger parts that the month's charges gave when it was closed."""
    ledger: Part
    """The part of the ledger that holds what the statement says."""
    charge_sets: Part

    def file(self, table: TableSchema) -> Path:
        """The statement's own copy of a part."""
        return self.folder / f"{table.name}.parquet"


def statement_of(partition: Partition, folder: Path, postings: Collection[str], booked: Collection[str]) -> Statement:
    """The statement of a month whose charges gave ``postings`` and whose ledger held the parts ``booked``."""

    def part(table: TableSchema) -> Part:
        return Part(partition, fingerprint("statement", table.name, *sorted(booked), *sorted(postings)))

    return Statement(partition, folder, frozenset(postings), part(LEDGER), part(CHARGE_SETS))


def save(statement: Statement, ledger: Path, charge_sets: Path, closed_at: datetime) -> str:
    """Store a statement's files, all or nothing; gives the SHA-256 of ``statement.json``."""
    partial = statement.folder.with_name(f".{uuid.uuid4().hex}")
    partial.mkdir(parents=True)
    for table, source in ((LEDGER, ledger), (CHARGE_SETS, charge_sets)):
        shutil.copyfile(source, partial / f"{table.name}.parquet")
    content = {
        "source_id": statement.partition.source_id,
        "billing_period": statement.partition.billing_period.isoformat(),
        "closed_at": closed_at.isoformat(),
        "postings": sorted(statement.postings),
        "parts": {LEDGER.name: statement.ledger.fingerprint, CHARGE_SETS.name: statement.charge_sets.fingerprint},
        "sha256": {path.name: hash_file(path) for path in sorted(partial.iterdir())},
    }
    (partial / "statement.json").write_text(json.dumps(content, indent=2), encoding="utf-8")
    if statement.folder.exists():
        shutil.rmtree(partial)
    else:
        partial.rename(statement.folder)
    return hash_file(statement.folder / "statement.json")


def load(folder: Path, expected_hash: str) -> Statement:
    """Read a statement. Raises TallyError when it is not what was closed."""
    path = folder / "statement.json"
    if not path.exists() or hash_file(path) != expected_hash:
        raise TallyError(f"the statement in {folder} is missing or was changed after it was closed; restore it")
    content = json.loads(path.read_text(encoding="utf-8"))
    partition = Partition(content["source_id"], date.fromisoformat(content["billing_period"]))
    return Statement(
        partition,
        folder,
        frozenset(content["postings"]),
        Part(partition, content["parts"][LEDGER.name]),
        Part(partition, content["parts"][CHARGE_SETS.name]),
    )
