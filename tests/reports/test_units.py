"""Organizational units in reports: a tree with a history, what filters and groups find, and the list of units.

r-1 Root            payer (100)
  ou-a Sales        web (200) until 10 November, then in ou-c
    ou-c Shop       shop (300)
  ou-b Lab          lab (400), from 5 November; closed on the 20th, then right in the root
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ledgers import Bill
from tallystick.access import Access
from tallystick.reports.organization import Organization
from tallystick.reports.pickers import picker
from tallystick.reports.tags import organizations
from tallystick.settings.organizations import Node, Place

START, MOVED, CLOSED = date(2026, 11, 1), date(2026, 11, 10), date(2026, 11, 20)
ROOT, SALES, SHOP, LAB = ("r-1",), ("r-1", "ou-a"), ("r-1", "ou-a", "ou-c"), ("r-1", "ou-b")


def unit(path: tuple[str, ...], name: str, since: date = START, until: date | None = None) -> Place:
    return Place(Node(path[-1], name, path, is_account=False), since, until)


def account(account_id: str, name: str, path: tuple[str, ...], since: date = START, until: date | None = None) -> Place:
    return Place(Node(account_id, name, path, is_account=True), since, until)


TREE = Organization(
    (
        unit(ROOT, "Root"),
        account("100", "payer", ROOT),
        unit(SALES, "Sales"),
        account("200", "web", SALES, until=MOVED),
        account("200", "web", SHOP, since=MOVED),
        unit(SHOP, "Shop"),
        account("300", "shop", SHOP),
        unit(LAB, "Lab", date(2026, 11, 5), CLOSED),
        account("400", "lab", LAB, date(2026, 11, 5), CLOSED),
        account("400", "lab", ROOT, CLOSED),
    )
)
NOVEMBER = "start_date=2026-11-01&end_date=2026-11-22&filter[resolution]=monthly"
DAILY = "start_date=2026-11-09&end_date=2026-11-10"


@pytest.fixture
def session(bill: Bill) -> Any:
    """Each account costs its power of ten on five days; an account of no organisation costs 10,000 a day."""
    for day in (2, 9, 10, 12, 21):
        for account_id, cost in {"100": 1, "200": 10, "300": 100, "400": 1000, "999": 10_000}.items():
            bill.charge(date(2026, 11, day), cost, sub_account_id=account_id)
    return bill.session()


@pytest.fixture
def told(context: Any) -> Any:
    return replace(context, organization=TREE)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("filter[org_unit_id]=r-1", 5 * 1 + 5 * 10 + 5 * 100 + 4 * 1000),
        ("filter[org_unit_id]=ou-a", 5 * 10 + 5 * 100),
        ("filter[org_unit_id]=OU-C", 3 * 10 + 5 * 100),
        ("filter[org_unit_id]=ou-b", 3 * 1000),
        ("filter[or:org_unit_id]=ou-b,ou-c", 3 * 1000 + 3 * 10 + 5 * 100),
        ("filter[and:org_unit_id]=ou-a,ou-c", 3 * 10 + 5 * 100),
        ("filter[org_unit_id]=ou-x", 0),
        ("exclude[org_unit_id]=r-1", 5 * 10_000 + 1000),
        ("exclude[org_unit_id]=*", 5 * 10_000 + 1000),
        ("exclude[exact:org_unit_id]=ou-a", 55_555 - 2 * 10),
        ("filter[org_unit_id]=ou-a&group_by[account]=200", 5 * 10),
        ("group_by[org_unit_id]=ou-a", 5 * 10 + 5 * 100),
    ],
)
def test_a_unit_stands_for_the_accounts_of_the_day(
    session: Any, ask: Any, told: Any, query: str, expected: int
) -> None:
    body = ask(session, f"{NOVEMBER}&{query}", context=told)
    assert body["meta"]["total"]["cost"]["total"]["value"] == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            f"{NOVEMBER}&group_by[org_unit_id]=r-1",
            [[("ou-b", 3000), ("400", 1000), ("ou-a", 550), ("100", 5)]],
        ),
        (f"{NOVEMBER}&group_by[org_unit_id]=ou-a", [[("ou-c", 530), ("200", 20)]]),
        (f"{NOVEMBER}&group_by[org_unit_id]=ou-a&order_by[cost]=asc", [[("200", 20), ("ou-c", 530)]]),
        (f"{NOVEMBER}&group_by[or:org_unit_id]=ou-a,ou-b", [[("400", 3000), ("ou-c", 530), ("200", 20)]]),
        (f"{NOVEMBER}&group_by[org_unit_id]=r-1&limit=2&offset=1", [[("400", 1000), ("ou-a", 550)]]),
        (f"{DAILY}&group_by[org_unit_id]=ou-a", [[("ou-c", 100), ("200", 10)], [("ou-c", 110)]]),
        (f"{NOVEMBER}&group_by[org_unit_id]=ou-x", [[]]),
    ],
)
def test_a_report_by_unit_shows_what_is_right_below(
    session: Any, ask: Any, told: Any, query: str, expected: list[list[tuple[str, int]]]
) -> None:
    body = ask(session, query, context=told)
    found = [
        [(entity["id"], entity["values"][0]["cost"]["total"]["value"]) for entity in entry["org_entities"]]
        for entry in body["data"]
    ]
    assert found == expected


def test_an_entity_says_what_it_is(session: Any, ask: Any, told: Any) -> None:
    body = ask(session, f"{NOVEMBER}&group_by[org_unit_id]=r-1", context=told)
    entities = body["data"][0]["org_entities"]
    assert [(one["type"], one["date"], one["values"][0]["alias"]) for one in entities] == [
        ("organizational_unit", "2026-11", "Lab"),
        ("account", "2026-11", "lab"),
        ("organizational_unit", "2026-11", "Sales"),
        ("account", "2026-11", "payer"),
    ]
    assert (body["meta"]["group_by"], body["meta"]["count"], body["meta"]["limit"]) == ({}, 4, 10)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [("r-1", "r-1", 0, ["ou-a", "ou-b"], ["lab", "payer"]), ("ou-a", "r-1&ou-a", 1, ["ou-c"], [])]),
        ("filter[org_unit_id]=ou-c", [("ou-c", "r-1&ou-a&ou-c", 2, [], ["shop", "web"])]),
        ("filter[exact:org_unit_id]=ou-a", [("ou-a", "r-1&ou-a", 1, ["ou-c"], [])]),
        ("exclude[org_unit_id]=ou&key_only=true", [("r-1", "r-1", 0, None, None)]),
        ("start_date=2026-11-21&end_date=2026-11-22&filter[org_unit_id]=ou-b", []),
        ("start_date=2026-10-01&end_date=2026-10-31", []),
    ],
)
def test_the_list_of_units(told: Any, parse: Any, query: str, expected: list[tuple[object, ...]]) -> None:
    whole = query if "start_date" in query else f"start_date=2026-11-01&end_date=2026-11-22&{query}"
    body: Any = organizations(parse(whole), told)
    found = [
        (one["org_unit_id"], one["org_unit_path"], one["level"], one.get("sub_orgs"), one.get("accounts"))
        for one in body["data"]
    ]
    assert found[: len(expected) or None] == expected


def test_who_sees_which_units(session: Any, told: Any, parse: Any) -> None:
    access = Access(grants=(("aws.organizational_unit", "read", frozenset({"ou-a"})),))
    some = replace(told, access=access)
    listed: Any = organizations(parse("start_date=2026-11-01&end_date=2026-11-22"), some)
    assert [one["org_unit_id"] for one in listed["data"]] == ["ou-a", "ou-c"]
    chosen: Any = picker(session, "aws-organizational-units", parse("search=C"), told)
    assert chosen["data"] == [{"value": "ou-c"}]
