"""What maintenance removes: what nobody needs, and never what somebody may still be writing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from bills import cur_line, write_cur
from tallystick.lake.schemas import LEDGER
from tallystick.planner import maintenance
from tallystick.planner.home import Home
from tallystick.planner.maintenance import maintain
from tallystick.planner.progress import Silent


@pytest.mark.parametrize(
    ("beside", "old", "stays"), [("complete", True, False), ("complete", False, True), ("incomplete", True, True)]
)
def test_files_of_an_attempt_that_died(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beside: str, old: bool, stays: bool
) -> None:
    """They go once the part is complete without them; until then somebody may be about to list them."""
    home.ingest(str(write_cur(tmp_path / "bill.csv.gz", [cur_line(date(2026, 8, 1))])))
    store = home.store("default")
    (part,) = home.books().plan.parts[LEDGER.name]
    left = f"ledger/data/{part.folder}/attempt.parquet"
    with store.files.writing(left) as path:
        path.write_bytes(b"half")
    if old:  # an object store says itself when a file was written, so the grace is shortened instead
        monkeypatch.setattr(maintenance, "_GRACE", timedelta(0))
    if beside == "incomplete":
        store.files.remove(f"ledger/data/{part.file}")
    assert store.exists(LEDGER, part) is (beside == "complete")
    maintain(home.context("default", Silent()), home.config.maintain)
    assert store.files.exists(left) is stays
