"""A number opened: postings and charges behind it, and both their totals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tallystick.access import Access
from tallystick.reports.service import explain

DAY = date(2026, 11, 20)


@pytest.fixture
def session(bill: Any) -> Any:
    for number in range(60):
        bill.charge(DAY, number - 20, {"app": "web"} if number % 2 else None, sub_account_id=str(number % 3))
    bill.charge(date(2026, 11, 19), 1000, None)
    bill.charge(DAY, 5, None, billing_currency="EUR")
    bill.charge(DAY, 7, None, billing_currency=None)
    return bill.session()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 60),
        ("filter[exact:account]=1", 20),
        ("filter[tag:app]=*", 30),
        ("group_by[tag:app]=web", 30),
        ("limit=3", 60),
        ("currency=EUR", 1),
        pytest.param("currency=XXX", 1, id="rows without a currency"),
    ],
)
def test_both_levels_agree_with_the_report(
    session: Any, ask: Any, context: Any, parse: Any, query: str, count: int
) -> None:
    query = f"start_date={DAY}&end_date={DAY}&{query}"
    explanation = explain(session, "aws/costs", parse(query), context)
    expected = ask(session, query)["meta"]["total"]["cost"]["total"]
    assert explanation.total == {"postings": expected, "charges": expected, "points": expected | {"value": 0}}
    assert explanation.counts == {"postings": count, "charges": count, "points": 0}
    shown = min(count, 3 if "limit" in query else 50)
    for level in (explanation.postings, explanation.charges):
        assert len(level.rows) == shown
        amounts = [abs(row["cost"]) for row in level.rows]  # type: ignore[arg-type]
        assert amounts == sorted(amounts, reverse=True)


def test_a_charge_says_where_it_came_from(session: Any, context: Any, parse: Any) -> None:
    explanation = explain(session, "aws/costs", parse(f"start_date={DAY}&end_date={DAY}"), context)
    first: Any = explanation.charges.rows[0]
    assert (first["x_file_id"], first["x_row_number"], first["charge_description"]) == ("file-1", 60, "charge 60")
    assert first["tags"] == {"app": "web"}
    assert "region_id" not in first
    assert explanation.body()["counts"] == explanation.counts


def test_access_narrows(session: Any, context: Any, parse: Any) -> None:
    one = Access(grants=(("aws.account", "read", frozenset({"2"})),))
    explanation = explain(session, "aws/costs", parse("filter[time_scope_value]=-1"), replace(context, access=one))
    assert explanation.counts == {"postings": 20, "charges": 20, "points": 0}


def test_instances_and_focus(bill: Any, context: Any, parse: Any) -> None:
    bill.charge(DAY, 3, {"Name": "n"}, x_product_family="Compute Instance", resource_id="i-1")
    session = bill.session()
    explanation = explain(session, "aws/resources/ec2-compute", parse("filter[instance]=n"), context)
    assert explanation.counts == {"postings": 1, "charges": 1, "points": 0}
    focus = explain(session, "focus/costs", parse("filter[ResourceId]=i&filter[time_scope_value]=-1"), context)
    assert focus.postings.total == focus.charges.total == 3
