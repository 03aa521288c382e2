"""Closing a month: an immutable statement of its postings, kept outside the warehouse.

A statement is a folder: ``ledger.parquet`` and ``charge_sets.parquet`` (the month's postings and what their dimension
sets stand for) and ``statement.json`` (what they were computed from, and their hashes). No recomputation and no expiry
touches it. What arrives later is posted in the next open month as the difference to it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from tallystick.errors import NotFoundError, TallyError
from tallystick.lake.parts import Part, Partition, fingerprint
from tallystick.lake.schemas import CHARGE_SETS, LEDGER, TableSchema
from tallystick.lake.storage import Storage, hash_file

_CONTENT = "statement.json"


@dataclass(frozen=True, slots=True)
class Statement:
    """A closed month."""

    partition: Partition
    folder: str
    """The name of its folder in the storage."""
    postings: frozenset[str]
    """The fingerprints of the ledger parts that the month's charges gave when it was closed."""
    revises: frozenset[date]
    """The earlier months whose changes it posts."""
    ledger: Part
    """The part of the ledger that holds what the statement says."""
    charge_sets: Part

    def file(self, table: TableSchema) -> str:
        """The name of the statement's own copy of a part."""
        return f"{self.folder}/{table.name}.parquet"

    def part(self, table: TableSchema) -> Part:
        """The part of the ledger, or of the charge sets."""
        return self.ledger if table is LEDGER else self.charge_sets


def statement_of(
    partition: Partition, folder: str, postings: Collection[str], booked: Collection[str], revises: Collection[date]
) -> Statement:
    """The statement of a month whose charges gave ``postings`` and whose ledger held the parts ``booked``.

    Among these are the changes of the months ``revises``.
    """

    def part(table: TableSchema) -> Part:
        return Part(partition, fingerprint("statement", table.name, *sorted(booked), *sorted(postings)))

    return Statement(partition, folder, frozenset(postings), frozenset(revises), part(LEDGER), part(CHARGE_SETS))


def save(storage: Storage, statement: Statement, ledger: Path, charge_sets: Path, closed_at: datetime) -> str:
    """Store a statement's files; gives the SHA-256 of ``statement.json``, which comes last and completes it.

    A statement that is there already stays as it is.
    """
    content_name = f"{statement.folder}/{_CONTENT}"
    if not storage.exists(content_name):
        files = {LEDGER: ledger, CHARGE_SETS: charge_sets}
        for table, source in files.items():
            with storage.writing(statement.file(table)) as target:
                shutil.copyfile(source, target)
        content = {
            "source_id": statement.partition.source_id,
            "billing_period": statement.partition.billing_period.isoformat(),
            "closed_at": closed_at.isoformat(),
            "postings": sorted(statement.postings),
            "revises": sorted(month.isoformat() for month in statement.revises),
            "parts": {table.name: statement.part(table).fingerprint for table in files},
            "sha256": {f"{table.name}.parquet": hash_file(path) for table, path in files.items()},
        }
        with storage.writing(content_name) as target:
            target.write_text(json.dumps(content, indent=2), encoding="utf-8")
    return hashlib.sha256(storage.read(content_name)).hexdigest()


def load(storage: Storage, folder: str, expected_hash: str) -> Statement:
    """Read a statement. Raises TallyError when it is not what was closed."""
    try:
        data = storage.read(f"{folder}/{_CONTENT}")
    except NotFoundError:
        data = b""
    if hashlib.sha256(data).hexdigest() != expected_hash:
        raise TallyError(
            f"the statement in {storage.uri(folder)} is missing or was changed after it was closed; restore it"
        )
    content = json.loads(data)
    partition = Partition(content["source_id"], date.fromisoformat(content["billing_period"]))
    return Statement(
        partition,
        folder,
        frozenset(content["postings"]),
        frozenset(map(date.fromisoformat, content["revises"])),
        Part(partition, content["parts"][LEDGER.name]),
        Part(partition, content["parts"][CHARGE_SETS.name]),
    )
