"""Rated history that is taken over, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tallystick.errors import TallyError
from tallystick.planner.home import Home
from tallystick.planner.metering.history import Sum, TakenOver, take_over
from tallystick.planner.progress import Silent
from tallystick.settings.config import Config
from tallystick.sources.points.table import PricedPoint

HOUR = timedelta(hours=1)


@dataclass
class Stored:
    """A storage in memory; ``hidden`` points are counted and not given."""

    kind = "memory"
    name = "memory"
    rows: list[PricedPoint] = field(default_factory=list)
    hidden: int = 0

    def span(self) -> tuple[date, date] | None:
        days = [row.begin.date() for row in self.rows]
        return (min(days), max(days)) if days else None

    def count(self, day: date) -> int:
        return len(list(self.points(day))) + self.hidden

    def points(self, day: date) -> Iterator[PricedPoint]:
        return (row for row in self.rows if row.begin.date() == day)


def point(hour: int, price: str, scope: str = "a") -> PricedPoint:
    begin = datetime(2026, 2, 1, tzinfo=UTC) + hour * HOUR
    groupby = (("id", f"i-{scope}"), ("project_id", scope))
    return PricedPoint(begin, begin + HOUR, "instance", "instance", Decimal(1), Decimal(price), groupby)


@pytest.fixture
def home(config: Config) -> Home:
    """An empty home."""
    return Home(config)


def taken(home: Home, storage: Stored, first: date | None = None, last: date | None = None) -> TakenOver:
    found = take_over(
        home,
        "default",
        storage,
        source_name="cloudkitty",
        scope_key="project_id",
        within=(first, last),
        progress=Silent(),
    )
    assert found is not None
    return found


def test_the_ledger_has_what_the_storage_had(home: Home) -> None:
    storage = Stored([point(0, "0.1"), point(23, "0.2", "b"), point(50, "0.0000000000000000015")])
    found = taken(home, storage)
    assert (found.first, found.last) == (date(2026, 2, 1), date(2026, 2, 3))
    assert found.stored == found.ledger == Sum(3, Decimal("0.300000000000000002"))
    assert (found.equal, found.rounded, found.unchanged) == (True, 1, 0)


def test_who_takes_it_over_again_changes_nothing(home: Home) -> None:
    storage = Stored([point(0, "0.1"), point(30, "0.2")])
    taken(home, storage)
    release = home.release_id()
    again = taken(home, storage)
    assert (again.equal, again.unchanged, home.release_id()) == (True, 2, release)


def test_a_day_that_differs_replaces_what_was_taken_over_of_it(home: Home) -> None:
    storage = Stored([point(0, "0.1"), point(30, "0.2")])
    taken(home, storage)
    storage.rows[1] = replace(storage.rows[1], price=Decimal("0.5"))
    again = taken(home, storage)
    assert (again.ledger, again.unchanged) == (Sum(2, Decimal("0.6")), 1)


def test_days_can_be_chosen(home: Home) -> None:
    storage = Stored([point(hour, "1") for hour in (0, 30, 50)])
    found = taken(home, storage, date(2026, 2, 2), date(2026, 2, 2))
    assert (found.first, found.last, found.ledger.points) == (date(2026, 2, 2), date(2026, 2, 2), 1)


def test_points_from_elsewhere_are_noticed(home: Home) -> None:
    taken(home, Stored([point(0, "0.1")]))
    other = Stored([point(1, "0.1")])
    other.kind = "another"
    assert not taken(home, other).equal


def test_a_storage_that_gives_less_than_it_counts_is_not_believed(home: Home) -> None:
    with pytest.raises(TallyError, match="2026-02-01 has 2 points, but 1 were given"):
        taken(home, Stored([point(0, "0.1")], hidden=1))


def test_an_empty_storage_has_nothing_to_take_over(home: Home) -> None:
    assert (
        take_over(home, "default", Stored(), source_name="s", scope_key="p", within=(None, None), progress=Silent())
        is None
    )
