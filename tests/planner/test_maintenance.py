"""What maintenance removes: what nobody needs, and never what somebody may still be writing."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from bills import cur_line, write_cur
from tallystick.lake.schemas import LEDGER
from tallystick.planner.home import Home
from tallystick.planner.maintenance import maintain
from tallystick.planner.progress import Silent

YESTERDAY = 24 * 3600


@pytest.mark.parametrize(
    ("beside", "old", "stays"), [("complete", True, False), ("complete", False, True), ("incomplete", True, True)]
)
def test_files_of_an_attempt_that_died(home: Home, tmp_path: Path, beside: str, old: bool, stays: bool) -> None:
    """They go once the part is complete without them; until then somebody may be about to list them."""
    home.ingest(str(write_cur(tmp_path / "bill.csv.gz", [cur_line(date(2026, 8, 1))])))
    store = home.store("default")
    (part,) = home.books().plan.parts[LEDGER.name]
    left = f"ledger/data/{part.folder}/attempt.parquet"
    with store.files.writing(left) as path:
        path.write_bytes(b"half")
    if old:
        _age(Path(store.files.uri(left).removeprefix("file://")))
    if beside == "incomplete":
        store.files.remove(f"ledger/data/{part.file}")
    assert store.exists(LEDGER, part) is (beside == "complete")
    maintain(home.context("default", Silent()), home.config.maintain)
    assert store.files.exists(left) is stays


def _age(path: Path) -> None:
    moment = path.stat().st_mtime - YESTERDAY
    os.utime(path, (moment, moment))
