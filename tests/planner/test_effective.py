"""Which delivery counts: the newest version for each source, month and series, in whatever order they came."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime

import pytest

from tallystick.lake.parts import Partition
from tallystick.planner.effective import Candidate, effective

AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)


def delivery(
    name: str,
    version: int,
    *periods: date,
    series: str = "cur",
    source: str = "s",
    hour: int = 0,
    adds_up: bool = False,
) -> Candidate:
    day, received = datetime(2026, 9, version, tzinfo=UTC), datetime(2026, 10, 1, hour, tzinfo=UTC)
    return Candidate(name, source, series, day, received, frozenset(periods), adds_up=adds_up)


CASES = {
    "one": ([delivery("a", 1, AUGUST)], {("s", AUGUST, "cur"): "a"}),
    "a newer version replaces": ([delivery("a", 1, AUGUST), delivery("b", 2, AUGUST)], {("s", AUGUST, "cur"): "b"}),
    "months are replaced one by one": (
        [delivery("a", 1, AUGUST, SEPTEMBER), delivery("b", 2, SEPTEMBER)],
        {("s", AUGUST, "cur"): "a", ("s", SEPTEMBER, "cur"): "b"},
    ),
    "series stand side by side": (
        [delivery("a", 1, AUGUST), delivery("b", 2, AUGUST, series="other")],
        {("s", AUGUST, "cur"): "a", ("s", AUGUST, "other"): "b"},
    ),
    "sources stand side by side": (
        [delivery("a", 1, AUGUST), delivery("b", 2, AUGUST, source="t")],
        {("s", AUGUST, "cur"): "a", ("t", AUGUST, "cur"): "b"},
    ),
    "a file without a report's name replaces the older report": (
        [delivery("a", 1, AUGUST), delivery("b", 2, AUGUST, series="default"), delivery("c", 1, SEPTEMBER)],
        {("s", AUGUST, "default"): "b", ("s", SEPTEMBER, "cur"): "c"},
    ),
    "and is replaced by a newer one": (
        [delivery("a", 3, AUGUST), delivery("b", 2, AUGUST, series="default")],
        {("s", AUGUST, "cur"): "a"},
    ),
    "a file of points stands beside what is collected": (
        [
            delivery("a", 1, AUGUST, series="hour 1", adds_up=True),
            delivery("b", 2, AUGUST, series="default", adds_up=True),
            delivery("c", 3, AUGUST, series="hour 2", adds_up=True),
        ],
        {("s", AUGUST, "hour 1"): "a", ("s", AUGUST, "default"): "b", ("s", AUGUST, "hour 2"): "c"},
    ),
    "of equal versions the later arrival": (
        [delivery("a", 1, AUGUST, hour=2), delivery("b", 1, AUGUST, hour=1)],
        {("s", AUGUST, "cur"): "a"},
    ),
}


@pytest.mark.parametrize(("deliveries", "expected"), CASES.values(), ids=CASES)
def test_the_same_deliveries_in_any_order_give_the_same_winners(
    deliveries: list[Candidate], expected: dict[tuple[str, date, str], str]
) -> None:
    wanted = {(Partition(source, month), series): name for (source, month, series), name in expected.items()}
    for order in itertools.permutations(deliveries):
        assert {slot: winner.delivery_id for slot, winner in effective(order).items()} == wanted
