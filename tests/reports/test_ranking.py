"""Order, ranking, pages and the merged remainder."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

MONTH = "filter[time_scope_value]=-1"
COSTS = {"a": (5, 1), "b": (3, 4), "c": (2, 2), "d": (1, 0), None: (9, 9)}
"""Cost by service on the 20th and 21st."""


@pytest.fixture
def session(bill: Any) -> Any:
    for service, costs in COSTS.items():
        for day, cost in zip((20, 21), costs, strict=True):
            if cost:
                account = {"sub_account_id": service, "sub_account_name": f"Z{9 - cost}" if service else None}
                bill.charge(date(2026, 11, day), cost, None, x_service_code=service, **account)
    return bill.session()


def shown(body: Any, leaves: Any, name: str = "service") -> list[tuple[str, Decimal]]:
    """(group, cost) of each row."""
    return [(row[name], row["cost"]["total"]["value"]) for row in leaves(body)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [("No-service", 18), ("b", 7), ("a", 6), ("c", 4), ("d", 1)]),
        ("order_by[cost]=asc", [("d", 1), ("c", 4), ("a", 6), ("b", 7), ("No-service", 18)]),
        ("order_by[service]=asc", [("a", 6), ("b", 7), ("c", 4), ("d", 1), ("No-service", 18)]),
        ("order_by[service]=desc", [("d", 1), ("c", 4), ("b", 7), ("a", 6), ("No-service", 18)]),
        ("order_by[cost]=asc&order_by[service]=desc", [("d", 1), ("c", 4), ("b", 7), ("a", 6), ("No-service", 18)]),
        ("order_by[supplementary]=desc", [("a", 6), ("b", 7), ("c", 4), ("d", 1), ("No-service", 18)]),
        ("order_by[date]=2026-11-20", [("No-service", 18), ("a", 6), ("b", 7), ("c", 4), ("d", 1)]),
        ("order_by[date]=2026-11-21", [("No-service", 18), ("b", 7), ("c", 4), ("a", 6), ("d", 1)]),
        ("filter[limit]=2", [("No-service", 18), ("b", 7), ("Others", 11)]),
        ("filter[limit]=4", [("No-service", 18), ("b", 7), ("a", 6), ("c", 4), ("Other", 1)]),
        ("filter[limit]=5", [("No-service", 18), ("b", 7), ("a", 6), ("c", 4), ("d", 1)]),
        ("filter[limit]=0", [("No-service", 18), ("b", 7), ("a", 6), ("c", 4), ("d", 1)]),
        ("filter[limit]=2&order_by[cost]=asc", [("d", 1), ("c", 4), ("Others", 31)]),
        ("filter[limit]=2&order_by[service]=asc", [("a", 6), ("b", 7), ("Others", 23)]),
        ("filter[limit]=2&order_by[date]=2026-11-20", [("No-service", 18), ("a", 6), ("Others", 12)]),
        ("filter[limit]=2&filter[offset]=0", [("No-service", 18), ("b", 7)]),
        ("filter[limit]=2&filter[offset]=1", [("b", 7), ("a", 6)]),
        ("filter[limit]=2&filter[offset]=4", [("d", 1)]),
        ("filter[offset]=3", [("c", 4), ("d", 1)]),
    ],
)
def test_order_and_ranking(session: Any, ask: Any, leaves: Any, query: str, expected: list[tuple[str, int]]) -> None:
    body = ask(session, f"{MONTH}&group_by[service]=*&{query}")
    assert shown(body, leaves) == expected
    assert body["meta"]["total"]["cost"]["total"]["value"] == 36


def test_order_by_alias(session: Any, ask: Any, leaves: Any) -> None:
    """The largest name that an account had names it."""
    body = ask(session, f"{MONTH}&group_by[account]=*&order_by[account_alias]=asc")
    assert [(row["account"], row["account_alias"]) for row in leaves(body)] == [
        ("b", "Z6"),
        ("c", "Z7"),
        ("a", "Z8"),
        ("d", "Z8"),
        ("No-account", "No-account"),
    ]
    ranked = ask(session, f"{MONTH}&group_by[account]=*&order_by[account_alias]=asc&filter[limit]=2")
    assert [row["account_alias"] for row in leaves(ranked)] == ["Z6", "Z7", "Others"]


def test_every_bucket_shows_the_same_groups(session: Any, ask: Any, leaves: Any) -> None:
    body = ask(session, "group_by[service]=*&filter[limit]=2&exclude[service]=b")
    days = body["data"]
    assert [[group["service"] for group in day["services"]] for day in days] == [["No-service", "a", "Others"]] * 10
    assert [row["cost"]["total"]["value"] for row in leaves({"data": days[-2:]})] == [9, 1, 2, 0, 0, 0]
    assert leaves({"data": days[-1:]})[0]["source_uuid"] == []


@pytest.mark.parametrize(
    ("query", "meta", "links"),
    [
        (
            "filter[limit]=2&filter[offset]=2",
            {"count": 5, "limit": 2, "offset": 2, "others": 3},
            {
                "next": "filter%5Blimit%5D=2&filter%5Boffset%5D=4",
                "previous": "filter%5Blimit%5D=2&",
                "last": "filter%5Blimit%5D=2&filter%5Boffset%5D=3",
            },
        ),
        ("filter[limit]=2", {"count": 1, "limit": 100, "offset": 0, "others": 3}, {"last": "&limit=100&offset=0"}),
        ("filter[limit]=9&filter[offset]=0", {"count": 5, "limit": 9, "offset": 0, "others": 0}, {"last": "%5D=0"}),
        ("", {"count": 1, "limit": 100, "offset": 0, "others": None}, {"first": "&limit=100&offset=0"}),
    ],
)
def test_meta_and_links(session: Any, ask: Any, query: str, meta: dict[str, Any], links: dict[str, str]) -> None:
    body = ask(session, f"{MONTH}&group_by[service]=*&{query}")
    assert {key: body["meta"].get(key) for key in meta} == meta
    for name, part in links.items():
        assert part in body["links"][name]


def test_two_groups_are_ranked_by_tuple(bill: Any, ask: Any) -> None:
    for account, service, cost in [("1", "x", 9), ("2", "x", 8), ("1", "y", 7), ("2", "y", 1), ("3", "z", 1)]:
        bill.charge(date(2026, 11, 20), cost, None, sub_account_id=account, x_service_code=service)
    body = ask(bill.session(), f"{MONTH}&group_by[account]=*&group_by[service]=*&filter[limit]=3")
    [month] = body["data"]
    nested = [(group["account"], [below["service"] for below in group["services"]]) for group in month["accounts"]]
    assert nested == [("1", ["x", "y"]), ("2", ["x"]), ("Others", ["Others"])]
    assert body["meta"]["others"] == 2


def test_groups_nest_in_order_of_appearance(bill: Any, ask: Any) -> None:
    bill.charge(date(2026, 11, 20), 1, {"usage": "x", "app": "y"})
    session = bill.session()
    body = ask(session, f"{MONTH}&group_by[tag:usage]=*&group_by[service]=*")
    [group] = body["data"][0]["tag:usages"]
    assert group["tag:usage"] == "x"
    [leaf] = group["services"][0]["values"]
    assert list(leaf)[:2] == ["date", "service"]
    assert list(leaf)[-1] == "tag:usage"
    assert "services" in ask(session, f"{MONTH}&group_by[service]=*&group_by[tag:usage]=*")["data"][0]


@pytest.mark.parametrize(
    ("query", "dates", "offset"),
    [
        ("limit=2", ["2026-11-13", "2026-11-14"], 0),
        ("limit=2&offset=9", ["2026-11-22"], 9),
        ("limit=3&offset=20", [], 20),
    ],
)
def test_pages_of_dates(session: Any, ask: Any, query: str, dates: list[str], offset: int) -> None:
    body = ask(session, query)
    assert [entry["date"] for entry in body["data"]] == dates
    assert (body["meta"]["count"], body["meta"]["offset"]) == (10, offset)
    assert body["meta"]["total"]["cost"]["total"]["value"] == 36


def test_limit_zero_is_everything(session: Any, ask: Any) -> None:
    body = ask(session, "limit=0")
    assert (len(body["data"]), body["meta"]["limit"], body["links"]["next"]) == (10, 10, None)


def test_an_organizational_unit_is_empty(session: Any, ask: Any) -> None:
    body = ask(session, f"{MONTH}&group_by[org_unit_id]=R_001")
    assert body["data"] == [{"date": "2026-11", "org_entities": []}]
    assert body["meta"]["group_by"] == {}
    assert (body["meta"]["count"], body["meta"]["limit"]) == (0, 10)
