"""Options become the parameters of the API's grammar."""

from __future__ import annotations

from datetime import date

import pytest
import typer

from tallystick.cli.querying import Query, Question, query_of

DAYS = date(2026, 8, 1), date(2026, 10, 2)
ALL_BY_MONTH = [("start_date", "2026-08-01"), ("end_date", "2026-10-02"), ("filter[resolution]", "monthly")]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Question(), ALL_BY_MONTH),
        (Question(resolution="daily"), [*ALL_BY_MONTH[:2], ("filter[resolution]", "daily")]),
        (Question(first_day="2026-09-01"), [("start_date", "2026-09-01"), ("end_date", "2026-10-02")]),
        (Question(last_day="2026-09-01"), [("start_date", "2026-08-01"), ("end_date", "2026-09-01")]),
        (
            Question(first_day="2026-09-01", last_day="2026-09-02", resolution="monthly"),
            [("start_date", "2026-09-01"), ("end_date", "2026-09-02"), ("filter[resolution]", "monthly")],
        ),
        (Question(delta="cost"), [("delta", "cost")]),
        (
            Question(filters=["time_scope_value=-1", "time_scope_units=month"]),
            [("filter[time_scope_value]", "-1"), ("filter[time_scope_units]", "month")],
        ),
        (
            Question(group_by=["tag:team", "service=AmazonEC2"]),
            [("group_by[tag:team]", "*"), ("group_by[service]", "AmazonEC2"), *ALL_BY_MONTH],
        ),
        (
            Question(filters=["exact:tag:a=b=c"], excludes=["region=us-east-1"]),
            [("filter[exact:tag:a]", "b=c"), ("exclude[region]", "us-east-1"), *ALL_BY_MONTH],
        ),
        (
            Question(order_by=["cost", "service=asc"], limit=3, offset=0, cost_type="blended_cost", currency="EUR"),
            [
                ("order_by[cost]", "desc"),
                ("order_by[service]", "asc"),
                *ALL_BY_MONTH,
                ("filter[limit]", "3"),
                ("filter[offset]", "0"),
                ("cost_type", "blended_cost"),
                ("currency", "EUR"),
            ],
        ),
    ],
)
def test_query_of(question: Question, expected: Query) -> None:
    assert query_of(question, DAYS) == expected


def test_without_data_no_dates_are_made_up() -> None:
    assert query_of(Question(), None) == []


@pytest.mark.parametrize("text", ["service", "=AmazonEC2", ""])
def test_a_filter_needs_a_key_and_a_value(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="KEY=VALUE"):
        query_of(Question(filters=[text]), DAYS)


@pytest.mark.parametrize(
    ("last", "resolution", "expected"),
    [
        ("2026-09-06", None, []),
        ("2026-09-07", None, [("filter[resolution]", "monthly")]),
        ("2026-09-07", "daily", [("filter[resolution]", "daily")]),
        ("soon", None, []),
    ],
)
def test_a_table_shows_days_while_they_fit(last: str, resolution: str | None, expected: Query) -> None:
    question = Question(first_day="2026-09-01", last_day=last, resolution=resolution)
    assert query_of(question, DAYS, fitting=6)[2:] == expected
