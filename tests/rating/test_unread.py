"""Values that thresholds look at and that are no number are told, with the points that they are of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from hashmaps import MOMENT, Point, point_rows, prices
from tallystick.engine.testing import memory_session
from tallystick.rating import withdrawals
from tallystick.rating.hashmap import BEGINNING, Threshold
from tallystick.rating.unread import UnreadValue, unread
from tallystick.rating.withdrawals import WithdrawnFile

HOUR = timedelta(hours=1)
FROM_NOUGHT = Threshold(service="instance", field="vcpus", level=Decimal(0), cost=Decimal(1))
NUMBERS = ["0", "4", "4.0", " 4 ", "+7", "007", ".5", "5.", "1e3", "1E-2", "True", "False", "99999999999999999999"]
OTHERS = ["", " ", "four", "4GB", "4,5", "0x10", "1_000", "NaN", "inf", "--3", "4 4", "٤", "None", "true", "1e30", "."]


def told(points: list[Point], *thresholds: Threshold, since: datetime = BEGINNING) -> list[UnreadValue]:
    with memory_session(points=[{**row, "price": None} for row in point_rows(points)]) as session:
        return unread(session, thresholds, withdrawals.relation([]), since)


def test_what_is_told_is_what_hashmap_cannot_read() -> None:
    """A metric for each value, so that each is told by itself."""
    values = [*NUMBERS, *OTHERS]
    points = [Point(metric=f"m{number:02}", metadata={"vcpus": value}) for number, value in enumerate(values)]
    thresholds = [replace(FROM_NOUGHT, service=point.metric) for point in points]
    priced = dict(zip(values, prices(points, [], thresholds), strict=True))
    assert [value for value, price in priced.items() if price] == NUMBERS
    assert [one.example for one in told(points, *thresholds)] == OTHERS


@pytest.mark.parametrize(
    ("point", "threshold", "since", "found"),
    [
        (Point(groupby={"vcpus": "x"}), FROM_NOUGHT, BEGINNING, True),
        (Point(groupby={"vcpus": "4"}, metadata={"vcpus": "x"}), FROM_NOUGHT, BEGINNING, False),
        (Point(metadata={"ram": "x"}), FROM_NOUGHT, BEGINNING, False),
        (Point(metric="volume", metadata={"vcpus": "x"}), FROM_NOUGHT, BEGINNING, False),
        (Point(metadata={"vcpus": "x"}), FROM_NOUGHT, MOMENT, True),
        (Point(metadata={"vcpus": "x"}), FROM_NOUGHT, MOMENT + HOUR, False),
        *(
            (
                Point(metadata={"vcpus": "x"}),
                Threshold(service="instance", level=Decimal(0), cost=Decimal(1), **more),  # type: ignore[arg-type]
                BEGINNING,
                found,
            )
            for more, found in (
                ({}, False),
                ({"field": "vcpus", "scope_id": "scope"}, True),
                ({"field": "vcpus", "scope_id": "other"}, False),
                ({"field": "vcpus", "start_at": MOMENT}, True),
                ({"field": "vcpus", "start_at": MOMENT + HOUR}, False),
                ({"field": "vcpus", "end_at": MOMENT}, False),
                ({"field": "vcpus", "end_at": MOMENT + HOUR}, True),
            )
        ),
    ],
)
def test_only_what_a_threshold_looks_at_counts(
    point: Point, threshold: Threshold, since: datetime, found: bool
) -> None:
    assert bool(told([point], threshold, since=since)) == found


def test_points_are_counted_once_by_metric_and_field() -> None:
    higher = Threshold(service="instance", field="vcpus", level=Decimal(9), cost=Decimal(2), group_id="g")
    of_ram = Threshold(service="instance", field="ram", level=Decimal(9), cost=Decimal(2))
    points = [
        Point(metadata={"vcpus": "two", "ram": "big"}),
        Point(metadata={"vcpus": "four"}, scope_id="other"),
        Point(metadata={"vcpus": "four"}, scope_id="other", begin=MOMENT + HOUR),
        Point(metadata={"vcpus": "4"}),
    ]
    assert told(points, FROM_NOUGHT, higher, of_ram) == [
        UnreadValue("instance", "ram", 1, 1, "big"),
        UnreadValue("instance", "vcpus", 3, 2, "four"),
    ]


def test_points_that_do_not_count_or_have_a_price_are_not_told() -> None:
    rows = point_rows([Point(metadata={"vcpus": "x"}) for _ in range(3)])
    for row, changes in zip(rows, ({"price": None}, {"price": None, "x_file_id": "gone"}, {}), strict=True):
        row.update({"x_file_id": "kept"} | changes)
    gone = WithdrawnFile("gone", "scope", datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    with memory_session(points=rows) as session:
        found = unread(session, [FROM_NOUGHT], withdrawals.relation([gone]), BEGINNING)
    assert found == [UnreadValue("instance", "vcpus", 1, 1, "x")]
