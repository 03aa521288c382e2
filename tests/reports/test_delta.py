"""The change from the period before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tallystick.reports.delta import change


@pytest.mark.parametrize(
    ("now", "before", "value", "percent"),
    [
        ("3", "2", "1", "50"),
        ("0", "2", "-2", "-100"),
        ("1", "0", "1", None),
        ("1", "0.0000000001", "0.9999999999", None),
        ("-1", "-2", "1", "-50"),
        ("1", "3", "-2", "-66.66666666666666666666666667"),
        ("0.000000000000000001", "1", "-0.999999999999999999", "-99.9999999999999999"),
    ],
)
def test_change(now: str, before: str, value: str, percent: str | None) -> None:
    found = change(Decimal(now), Decimal(before))
    assert found.value == Decimal(value)
    assert found.percent == (None if percent is None else Decimal(percent))


@pytest.fixture
def session(bill: Any) -> Any:
    """Service a grows from 10 to 15, b is new, c is gone; the 31st of October has no counterpart."""
    for day, service, cost in [
        (date(2026, 10, 5), "a", 10),
        (date(2026, 11, 5), "a", 15),
        (date(2026, 11, 5), "b", 5),
        (date(2026, 10, 6), "c", 20),
        (date(2026, 10, 31), "a", 100),
        (date(2026, 9, 30), "a", 25),
    ]:
        bill.charge(day, cost, None, x_service_code=service)
    return bill.session()


def changes(body: Any, leaves: Any) -> list[tuple[str, Any, Any]]:
    """(group, value, percent) of each row."""
    return [(row["service"], row["delta_value"], row["delta_percent"]) for row in leaves(body)]


def test_this_month_beside_the_same_days_of_the_last(session: Any, ask: Any, leaves: Any) -> None:
    body = ask(session, "filter[time_scope_value]=-1&group_by[service]=*&delta=cost")
    assert changes(body, leaves) == [("a", 5, 50), ("b", 5, None)]
    assert body["meta"]["delta"] == {"value": -10, "percent": Decimal("-33.33333333333333333333333333")}
    assert list(body["meta"])[3:6] == ["currency", "delta", "cost_type"]


def test_a_whole_month_beside_the_whole_month_before(session: Any, ask: Any) -> None:
    body = ask(session, "filter[time_scope_value]=-2&delta=cost_total")
    assert body["meta"]["delta"] == {"value": 105, "percent": 420}


def test_days_beside_days(session: Any, ask: Any, leaves: Any) -> None:
    query = "filter[time_scope_value]=-2&filter[resolution]=daily&group_by[service]=*&delta=cost"
    rows = {row["date"]: row for row in leaves(ask(session, query))}
    assert (rows["2026-10-31"]["delta_value"], rows["2026-10-31"]["delta_percent"]) == (100, None)
    days = "filter[time_scope_value]=-30&group_by[service]=*&delta=cost"
    rows = {(row["date"], row["service"]): row for row in leaves(ask(session, days))}
    assert rows["2026-11-05", "a"]["delta_value"] == 15
    ten_days_later = "filter[time_scope_value]=-30&filter[resolution]=monthly&group_by[service]=*&delta=cost"
    monthly = {(row["date"], row["service"]): row["delta_value"] for row in leaves(ask(session, ten_days_later))}
    assert monthly == {("2026-10", "a"): 75, ("2026-11", "a"): 5, ("2026-11", "b"): 5}


def test_ranked_by_change(session: Any, ask: Any, leaves: Any) -> None:
    query = "filter[time_scope_value]=-1&group_by[service]=*&delta=cost&order_by[delta]=desc"
    body = ask(session, f"{query}&filter[limit]=1")
    assert changes(body, leaves) == [("a", 5, 50), ("Other", -15, -75)]
    assert body["meta"]["order_by"] == {"delta": "desc"}
    paged = ask(session, f"{query}&filter[limit]=1&filter[offset]=1")
    assert changes(paged, leaves) == [("b", 5, None)]
    assert paged["meta"]["count"] == 2


def test_change_of_a_ranking_by_cost(session: Any, ask: Any, leaves: Any) -> None:
    body = ask(session, "filter[time_scope_value]=-1&group_by[service]=*&delta=cost&filter[limit]=1")
    assert changes(body, leaves) == [("a", 5, 50), ("Other", -15, -75)]


def test_usage_changes_in_inventories(bill: Any, ask: Any, leaves: Any) -> None:
    for day, hours in [(date(2026, 10, 5), 8), (date(2026, 11, 5), 24)]:
        bill.charge(day, 1, None, x_instance_type="m5", pricing_unit="Hrs", x_usage_quantity=Decimal(hours))
    body = ask(bill.session(), "filter[time_scope_value]=-1&delta=usage", "aws/instance-types")
    [row] = leaves(body)
    assert (row["instance_type"], row["delta_value"], row["delta_percent"]) == ("m5", 16, 200)


def test_focus_compares_dates_with_the_days_before(session: Any, ask: Any) -> None:
    body = ask(session, "start_date=2026-10-01&end_date=2026-10-31&delta=cost", "focus/costs")
    assert body["meta"]["delta"] == {"value": 105, "percent": 420}
