"""Which days and buckets a question is about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tallystick.reports.time_scope import TimeScope, months_before, scope_of

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("units", "value", "first", "last"),
    [
        ("day", "-10", date(2026, 11, 13), TODAY),
        ("day", "-30", date(2026, 10, 24), TODAY),
        ("day", "-90", date(2026, 8, 25), TODAY),
        ("month", "-1", date(2026, 11, 1), TODAY),
        ("month", "-2", date(2026, 10, 1), date(2026, 10, 31)),
        ("month", "-3", date(2026, 9, 1), date(2026, 9, 30)),
    ],
)
def test_scopes(units: str, value: str, first: date, last: date) -> None:
    scope = scope_of(units, value, False, TODAY)
    assert (scope.first, scope.last) == (first, last)
    assert len(scope.buckets) == (last - first).days + 1


@pytest.mark.parametrize(
    ("first", "last", "units", "prior_first", "prior_last"),
    [
        (date(2026, 11, 1), date(2026, 11, 22), "month", date(2026, 10, 1), date(2026, 10, 22)),
        (date(2026, 10, 1), date(2026, 10, 31), "month", date(2026, 9, 1), date(2026, 9, 30)),
        (date(2026, 2, 1), date(2026, 2, 28), "month", date(2026, 1, 1), date(2026, 1, 31)),
        (date(2026, 3, 1), date(2026, 3, 30), "month", date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 1, 1), date(2026, 1, 5), "month", date(2025, 12, 1), date(2025, 12, 5)),
        (date(2026, 11, 13), date(2026, 11, 22), "day", date(2026, 11, 3), date(2026, 11, 12)),
        (date(2026, 11, 13), date(2026, 11, 22), None, date(2026, 11, 3), date(2026, 11, 12)),
    ],
)
def test_prior(first: date, last: date, units: str | None, prior_first: date, prior_last: date) -> None:
    prior = TimeScope(first, last, False, units).prior()
    assert (prior.first, prior.last) == (prior_first, prior_last)


def test_a_day_without_counterpart_has_no_following() -> None:
    scope = TimeScope(date(2026, 2, 1), date(2026, 2, 28), False, "month")
    january = [scope.bucket(date(2026, 1, day)) for day in (1, 28, 29, 31)]
    assert [scope.following(bucket) for bucket in january] == [
        scope.bucket(date(2026, 2, 1)),
        scope.bucket(date(2026, 2, 28)),
        None,
        None,
    ]


@pytest.mark.parametrize("days", range(0, 800, 37))
def test_buckets_count_up_and_tell_their_date(days: int) -> None:
    scope = TimeScope(TODAY - timedelta(days=days), TODAY, True)
    months = [scope.text(bucket) for bucket in scope.buckets]
    assert months == sorted(set(months))
    assert months[0] == f"{scope.first:%Y-%m}"
    assert months[-1] == "2026-11"


def test_months_before_keeps_to_the_month() -> None:
    assert months_before(date(2024, 3, 31), 1) == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"time_scope_value": "-10", "time_scope_units": "day", "resolution": "daily"}),
        (
            "filter[time_scope_value]=-2",
            {"time_scope_value": "-2", "time_scope_units": "month", "resolution": "monthly"},
        ),
        (
            "filter[time_scope_units]=month",
            {"time_scope_units": "month", "time_scope_value": "-1", "resolution": "monthly"},
        ),
        ("filter[resolution]=monthly", {"resolution": "monthly", "time_scope_value": "-10", "time_scope_units": "day"}),
        ("start_date=2026-11-01&end_date=2026-11-02", {"resolution": "daily"}),
        ("start_date=2026-10-01&end_date=2026-11-02&filter[resolution]=monthly", {"resolution": "monthly"}),
    ],
)
def test_echo(bill: Any, ask: Any, query: str, expected: dict[str, str]) -> None:
    body = ask(bill.session(), query)
    assert body["meta"]["filter"] == expected
    assert list(body["meta"]["filter"]) == list(expected)


def test_thirty_days_by_month_are_two_buckets(bill: Any, ask: Any) -> None:
    body = ask(bill.session(), "filter[time_scope_value]=-30&filter[resolution]=monthly")
    assert [entry["date"] for entry in body["data"]] == ["2026-10", "2026-11"]
    assert all(entry["values"] == [] for entry in body["data"])
