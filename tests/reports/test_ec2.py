"""EC2 instances of a month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tallystick.reports.flat import to_csv
from tallystick.reports.service import report

NAME = "aws/resources/ec2-compute"


@pytest.fixture
def session(bill: Any) -> Any:
    """Two instances, one of which changes on the 20th and is covered by a savings plan; a disk that is none."""
    compute: dict[str, Any] = {"x_product_family": "Compute Instance", "pricing_unit": "Hrs", "x_vcpu": "2"}
    hours: dict[str, Any] = {**compute, "x_usage_quantity": Decimal(24), "x_memory": "8 GiB"}
    bill.charge(date(2026, 11, 3), 5, {"Name": "old"}, **hours, resource_id="i-1", x_instance_type="m5.small")
    bill.charge(date(2026, 11, 20), 7, {"Name": "new", "a": "x"}, **hours, resource_id="i-1", x_instance_type="m5.big")
    covered = {"x_line_item_type": "SavingsPlanCoveredUsage", "x_calculated_amortized_cost": Decimal(2)}
    bill.charge(date(2026, 11, 20), 9, {"Name": "new", "b": "y"}, **hours, **covered, resource_id="i-1")
    negation = {**compute, "x_line_item_type": "SavingsPlanNegation", "x_calculated_amortized_cost": Decimal(0)}
    bill.charge(date(2026, 11, 20), -9, {"Name": "new"}, **negation, resource_id="i-1")
    bill.charge(date(2026, 11, 4), 1, None, **hours, resource_id="i-2", sub_account_id="200", sub_account_name="Two")
    bill.charge(date(2026, 11, 4), 50, None, x_product_family="Storage", resource_id="vol-1")
    bill.charge(date(2026, 10, 4), 3, None, **hours, resource_id="i-3")
    return bill.session()


def costs(body: Any, leaves: Any) -> list[tuple[str, Decimal]]:
    return [(row["resource_id"], row["cost"]["total"]["value"]) for row in leaves(body)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [("i-2", 1), ("i-1", 12)]),
        ("order_by[cost]=desc", [("i-1", 12), ("i-2", 1)]),
        ("order_by[instance_name]=asc", [("i-1", 12), ("i-2", 1)]),
        ("order_by[account_alias]=desc", [("i-2", 1), ("i-1", 12)]),
        ("cost_type=calculated_amortized_cost", [("i-2", 1), ("i-1", 14)]),
        ("cost_type=blended_cost", [("i-2", 1), ("i-1", 12)]),
        ("filter[instance]=NEW", [("i-1", 7)]),
        ("filter[instance]=i-1", [("i-1", 12)]),
        ("filter[tag:a]=x", [("i-1", 7)]),
        ("filter[account]=two", [("i-2", 1)]),
        ("exclude[account]=two", [("i-1", 12)]),
        ("filter[time_scope_value]=-2", [("i-3", 3)]),
        ("filter[time_scope_value]=-3", []),
    ],
)
def test_rows(session: Any, ask: Any, leaves: Any, query: str, expected: list[tuple[str, int]]) -> None:
    body = ask(session, query, NAME)
    assert costs(body, leaves) == expected
    assert body["meta"]["count"] == len(expected)
    assert body["meta"]["total"]["cost"]["total"]["value"] == sum(cost for _, cost in expected)


def test_attributes_are_those_of_the_last_day(session: Any, ask: Any, leaves: Any) -> None:
    row = leaves(ask(session, "filter[instance]=i-1", NAME))[0]
    assert (row["instance_name"], row["instance_type"], row["vcpu"], row["memory"]) == ("new", "m5.big", 2, "8 GiB")
    assert row["usage"] == {"value": 72, "units": "Hrs"}
    assert row["tags"] == [
        {"key": "Name", "values": ["new"]},
        {"key": "a", "values": ["x"]},
        {"key": "b", "values": ["y"]},
    ]
    other = leaves(ask(session, "filter[instance]=i-2", NAME))[0]
    assert (other["account"], other["account_alias"], other["instance_name"], other["tags"]) == ("200", "Two", None, [])


@pytest.mark.parametrize(
    ("query", "shown", "following"), [("limit=1", 1, True), ("limit=1&offset=1", 1, False), ("offset=5", 0, False)]
)
def test_pages(session: Any, ask: Any, leaves: Any, query: str, shown: int, following: bool) -> None:
    body = ask(session, query, NAME)
    assert len(leaves(body)) == shown
    assert (body["meta"]["count"], body["meta"]["total"]["cost"]["total"]["value"]) == (2, 13)
    assert (body["links"]["next"] is not None) == following


def test_empty(bill: Any, ask: Any) -> None:
    body = ask(bill.session(), "", NAME)
    assert (body["data"], body["meta"]["count"]) == ([], 0)


def test_csv_has_no_tags(session: Any, context: Any) -> None:
    header = to_csv(report(session, NAME, [], context)).splitlines()[0].split(",")
    assert "resource_id" in header
    assert not [name for name in header if name.startswith("tags")]
