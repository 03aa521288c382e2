"""Rated history in a real Loki, whose building takes too long for every run of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from collected_frames import frames
from servers.cloudkitty import CloudKitty
from servers.loki import LIMIT, Loki
from servers.mariadb import MariaDB
from tallystick.sources.cloudkitty_storage.opening import open_storage
from tallystick.sources.cloudkitty_storage.points import points_of_day

pytestmark = pytest.mark.conformance
DAYS = date(2026, 2, 1), date(2026, 2, 2)


@pytest.fixture
def loki(tmp_path: Path) -> Iterator[Loki]:
    """With points of 26 hours that CloudKitty has put there."""
    database = MariaDB()
    (tmp_path / "cloudkitty").mkdir()
    try:
        database.start()
        with Loki(tmp_path) as server:
            sections = {"storage": {"version": "2", "backend": "loki"}, "storage_loki": {"url": server.api}}
            kept = CloudKitty(tmp_path / "cloudkitty", database.create_database("cloudkitty"), sections)
            kept.rate_and_store(frames(3, 26))
            server.flush()
            yield server
    finally:
        database.close()


def test_a_day_is_read_whole_or_known_to_be_incomplete(loki: Loki) -> None:
    """Loki counts the lines of the last moment of a chunk, here that of the second day, but does not give them."""
    storage = open_storage(f"loki+{loki.api}?tenant=cloudkitty&service=cloudkitty&limit={LIMIT}")
    assert storage.span() == DAYS
    whole, cut = (points_of_day(storage.points(day), "project_id").table.num_rows for day in DAYS)
    assert (whole, storage.count(DAYS[0])) == (_points(DAYS[0]), _points(DAYS[0]))
    assert whole > LIMIT
    assert cut < storage.count(DAYS[1]) == _points(DAYS[1])


def _points(day: date) -> int:
    """How many CloudKitty has put there."""
    of_day = [frame for _, frame in frames(3, 26) if frame["period"]["begin"].startswith(str(day))]
    return sum(len(points) for frame in of_day for points in frame["usage"].values())
