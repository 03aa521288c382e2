"""Forecasts: what they read, when they say nothing, and the line through the history."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tallystick.errors import QueryError
from tallystick.reports.forecast import fit, horizon, without_outliers
from tallystick.reports.service import forecast

TODAY = date(2026, 11, 22)


def history(amounts: list[int]) -> dict[date, Decimal]:
    return {TODAY - timedelta(days=len(amounts) - index): Decimal(amount) for index, amount in enumerate(amounts)}


@pytest.mark.parametrize(
    ("today", "days"), [(TODAY, 9), (date(2026, 11, 30), 1), (date(2026, 12, 1), 31), (date(2024, 2, 28), 2)]
)
def test_horizon(today: date, days: int) -> None:
    assert len(horizon(today)) == days
    assert horizon(today)[0] == today


def test_a_straight_line_goes_on() -> None:
    fitted = fit(history([10, 12, 14, 16, 18, 20, 22, 24]), horizon(TODAY)[:2])
    assert fitted is not None
    assert [estimate.total for estimate in fitted.estimates] == [26, 28]
    assert fitted.rsquared == "1.00000000"
    assert len(fitted.pvalues) == 2


def test_bounds_hold_the_estimate_and_nothing_is_negative() -> None:
    fitted = fit(history([90, 70, 60, 65, 40, 30, 25, 5, 1, 2]), horizon(TODAY))
    assert fitted is not None
    for estimate in fitted.estimates:
        assert 0 <= estimate.lower <= estimate.total <= estimate.upper
    assert fitted.estimates[-1].total == 0


def test_a_constant_has_no_uncertainty() -> None:
    fitted = fit(history([7] * 8), horizon(TODAY)[:1])
    assert fitted is not None
    [estimate] = fitted.estimates
    assert (estimate.lower, estimate.total, estimate.upper) == (7, 7, 7)
    assert (fitted.rsquared, fitted.pvalues) == ("nan", ["nan", "nan"])


def test_too_few_days() -> None:
    assert fit(history([1, 2, 3, 4, 5, 6, 7]), horizon(TODAY)) is None
    assert fit({}, horizon(TODAY)) is None


def test_outliers_do_not_count() -> None:
    assert 1000 not in without_outliers(history([10, 11, 12, 13, 12, 11, 10, 1000])).values()


def test_reads_thirty_days_up_to_yesterday(bill: Any, context: Any) -> None:
    for back in range(40):
        bill.charge(TODAY - timedelta(days=back), 1000 if back in (0, 31, 32, 33) else 10 + back, None)
    body: Any = forecast(bill.session(), "aws/costs", [("cost_type", "blended_cost"), ("limit", "2")], context)
    assert body["meta"] == {"count": 9, "limit": 2, "offset": 0, "cost_type": "blended_cost"}
    assert [entry["date"] for entry in body["data"]] == ["2026-11-22", "2026-11-23"]
    [row] = body["data"][0]["values"]
    assert row["cost"]["total"] == {"value": 10, "units": "USD"}
    assert row["supplementary"]["total"]["value"] == 0
    assert row["supplementary"]["rsquared"] == {"value": "nan", "units": None}


def test_without_history_there_is_no_forecast(bill: Any, context: Any) -> None:
    body: Any = forecast(bill.session(), "aws/costs", [], context)
    assert (body["data"], body["meta"]["count"]) == ([], 0)


@pytest.mark.parametrize("query", [("filter[account]", "1"), ("group_by[account]", "*"), ("limit", "0")])
def test_refused(bill: Any, context: Any, query: tuple[str, str]) -> None:
    with pytest.raises(QueryError):
        forecast(bill.session(), "aws/costs", [query], context)
