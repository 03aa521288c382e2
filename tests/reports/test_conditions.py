"""What filters, excludes and group values let through: a table of questions over eight charges."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tallystick.access import Access
from tallystick.reports.denial import AccessError

DAY = date(2026, 11, 20)
MONTH = "filter[time_scope_value]=-1"


@pytest.fixture
def session(bill: Any) -> Any:
    """Amounts are powers of two, so that every set of charges has a sum of its own."""
    bill.charge(DAY, 1, {"app": "web", "env": "Prod"}, sub_account_id="100", sub_account_name="Shop", region_id="eu-1")
    bill.charge(DAY, 2, {"app": "web-api"}, sub_account_id="200", sub_account_name="Web", region_id="eu-2")
    bill.charge(DAY, 4, {"app": "batch"}, sub_account_id="1001", x_service_code="AmazonS3", region_id="us-1")
    bill.charge(DAY, 8, None, sub_account_id="200", sub_account_name="Web", x_service_code="AmazonRDS")
    bill.charge(DAY, 16, None, sub_account_id=None, x_service_code=None, region_id="eu-1")
    bill.charge(DAY, 32, None, billing_currency="EUR")
    bill.charge(DAY, 64, None, provider_name="Microsoft")
    bill.charge(date(2026, 10, 31), 128, None)
    return bill.session()


CASES = [
    ("", 31),
    # plain: case-insensitive substring, several values OR-ed, * ignored
    ("filter[account]=100", 5),
    ("filter[account]=100&filter[account]=200", 15),
    ("filter[account]=100,200", 15),
    ("filter[or:account]=100,200", 15),
    ("filter[account]=*", 31),
    ("filter[service]=AMAZONS", 4),
    ("filter[service]=100%25", 0),
    ("filter[account]=wEB", 10),
    ("filter[account]=nobody", 0),
    # and, exact
    ("filter[and:account]=10,01", 4),
    ("filter[and:region]=eu,1", 17),
    ("filter[exact:account]=100", 1),
    ("filter[exact:account]=Web", 10),
    ("filter[exact:account]=100&filter[account]=200", 11),
    ("filter[exact:service]=amazons3", 0),
    ("filter[account]=100&filter[and:account]=10,01", 4),
    # several fields: AND
    ("filter[account]=200&filter[region]=eu", 2),
    # tags
    ("filter[tag:app]=web", 3),
    ("filter[tag:app]=WEB", 3),
    ("filter[exact:tag:app]=web", 1),
    ("filter[and:tag:app]=web,api", 2),
    ("filter[or:tag:app]=api,batch", 6),
    ("filter[tag:app]=*", 7),
    ("filter[tag:app]=web&filter[tag:env]=prod", 1),
    ("filter[aws_category:cc]=x", 0),
    # excludes: rows without a value stay
    ("exclude[account]=100", 26),
    ("exclude[account]=100&exclude[service]=rds", 18),
    ("exclude[exact:account]=100", 30),
    ("exclude[and:region]=eu,1", 14),
    ("exclude[region]=*", 8),
    ("exclude[tag:app]=web", 28),
    ("exclude[tag:app]=*", 24),
    ("exclude[aws_category:cc]=x", 31),
    # no organisation tree
    ("filter[org_unit_id]=R_001", 0),
    ("exclude[org_unit_id]=R_001", 31),
    # group values narrow like filters
    ("group_by[account]=100", 5),
    ("group_by[account]=*", 31),
    ("group_by[exact:account]=100", 1),
    ("group_by[or:account]=100,200", 15),
    ("group_by[and:account]=10,01", 4),
    ("group_by[tag:app]=web", 3),
    ("group_by[account]=100&filter[region]=eu", 1),
    ("group_by[storage_type]=*", 31),
    # other currencies
    ("currency=EUR", 32),
]


@pytest.mark.parametrize(("query", "expected"), CASES)
def test_sum_of_what_is_let_through(session: Any, ask: Any, query: str, expected: int) -> None:
    body = ask(session, f"{MONTH}&{query}")
    assert body["meta"]["total"]["cost"]["total"]["value"] == expected


def test_values_are_never_part_of_the_statement(session: Any, ask: Any) -> None:
    body = ask(session, f"{MONTH}&filter[account]=' OR 1=1 --&filter[tag:app]=') OR (1=1")
    assert body["meta"]["total"]["cost"]["total"]["value"] == 0


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("group_by[account]=*&filter[account]=100", {"account": ["100"]}),
        ("group_by[account]=*&filter[exact:account]=100", {"account": ["*"]}),
        ("group_by[account]=*&filter[account]=100,200", {"account": ["100", "200"]}),
        ("group_by[or:account]=100,200", {"or:account": ["100", "200"]}),
    ],
)
def test_echo_of_groups(session: Any, ask: Any, query: str, expected: dict[str, list[str]]) -> None:
    assert ask(session, query)["meta"]["group_by"] == expected


@pytest.mark.parametrize(
    ("query", "tenant", "currency", "left_out"),
    [
        ("", "USD", "USD", ["EUR"]),
        ("", "EUR", "EUR", ["USD"]),
        ("currency=EUR", "USD", "EUR", ["USD"]),
        ("filter[tag:app]=*", "EUR", "USD", None),
        ("filter[tag:app]=*&currency=EUR", "USD", "EUR", ["USD"]),
        ("filter[account]=nobody", "EUR", "EUR", None),
    ],
)
def test_currency(
    session: Any, ask: Any, context: Any, query: str, tenant: str, currency: str, left_out: list[str] | None
) -> None:
    meta = ask(session, f"{MONTH}&{query}", context=replace(context, currency=tenant))["meta"]
    assert (meta["currency"], meta.get("other_currencies")) == (currency, left_out)


@pytest.mark.parametrize(
    "query", [query for query, _ in CASES] + ["group_by[service]=*&order_by[service]=asc&filter[limit]=1"]
)
def test_a_rollup_changes_no_digit(session: Any, ask: Any, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    grouped = f"{MONTH}&{query}&group_by[region]=*&delta=cost"
    with_rollup = ask(session, grouped)
    monkeypatch.setattr(session, "rollup", lambda sql, parameters: None)
    assert ask(session, grouped) == with_rollup


RESTRICTED = Access(grants=(("aws.account", "read", frozenset({"100", "200"})),))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 11),
        ("group_by[account]=*", 11),
        ("filter[account]=100", 1),
        ("filter[exact:account]=200", 10),
        ("exclude[account]=2", 1),
    ],
)
def test_access_always_narrows(session: Any, ask: Any, context: Any, query: str, expected: int) -> None:
    body = ask(session, f"{MONTH}&{query}", context=replace(context, access=RESTRICTED))
    assert body["meta"]["total"]["cost"]["total"]["value"] == Decimal(expected)
    assert body["meta"]["group_by"] == ({"account": ["*"]} if "group_by" in query else {})


@pytest.mark.parametrize("query", ["filter[account]=10", "group_by[account]=1001", "filter[exact:account]=Web"])
def test_values_outside_the_grant_are_denied(session: Any, ask: Any, context: Any, query: str) -> None:
    with pytest.raises(AccessError):
        ask(session, query, context=replace(context, access=RESTRICTED))


@pytest.mark.parametrize(
    ("name", "access"),
    [("aws/costs", Access()), ("focus/costs", RESTRICTED)],
)
def test_shut_doors(session: Any, ask: Any, context: Any, name: str, access: Access) -> None:
    with pytest.raises(AccessError):
        ask(session, "", name, context=replace(context, access=access))


def test_a_unit_alone_sees_no_account_yet(session: Any, ask: Any, context: Any) -> None:
    unit = Access(grants=(("aws.organizational_unit", "read", frozenset({"R_001"})),))
    body = ask(session, MONTH, context=replace(context, access=unit))
    assert body["meta"]["total"]["cost"]["total"]["value"] == 0
