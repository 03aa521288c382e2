"""Pages and links of lists (koku-api 1.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.api.envelope import Page, list_body, page_of, whole_body
from tallystick.api.queries import Query

PATH = "/api/cost-management/v1/currency/"


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ((), Page(10, 0)),
        ((("limit", "5"), ("offset", "3")), Page(5, 3)),
        ((("limit", "5000"),), Page(1000, 0)),
        ((("limit", "0"), ("offset", "0")), Page(10, 0)),
        ((("limit", "-5"), ("offset", "-1")), Page(10, 0)),
        ((("limit", "ten"), ("offset", "")), Page(10, 0)),
        ((("limit", "²"),), Page(10, 0)),
        ((("limit", "9" * 5000),), Page(10, 0)),
        ((("limit", "5"), ("limit", "6")), Page(6, 0)),
    ],
)
def test_pages(query: Query, page: Page) -> None:
    assert page_of(query) == page


LINKS: list[tuple[Query, int, dict[str, str | None]]] = [
    (
        (),
        23,
        {"first": "limit=10&offset=0", "next": "limit=10&offset=10", "previous": None, "last": "limit=10&offset=13"},
    ),
    (
        (("offset", "10"),),
        23,
        {
            "first": "limit=10&offset=0",
            "next": "limit=10&offset=20",
            "previous": "limit=10",
            "last": "limit=10&offset=13",
        },
    ),
    (
        (("offset", "20"),),
        23,
        {"first": "limit=10&offset=0", "next": None, "previous": "limit=10&offset=10", "last": "limit=10&offset=13"},
    ),
    (
        (("limit", "3"), ("filter[key]", "a b&c")),
        2,
        {
            "first": "filter%5Bkey%5D=a+b%26c&limit=2&offset=0",
            "next": None,
            "previous": None,
            "last": "filter%5Bkey%5D=a+b%26c&limit=2&offset=0",
        },
    ),
    ((), 0, {"first": "limit=0&offset=0", "next": None, "previous": None, "last": "limit=0&offset=0"}),
]


@pytest.mark.parametrize(("query", "count", "links"), LINKS)
def test_links(query: Query, count: int, links: dict[str, str | None]) -> None:
    body = list_body(PATH, query, range(count))
    assert body["links"] == {name: f"{PATH}?{rest}" if rest else None for name, rest in links.items()}


def test_a_list_in_memory_tells_a_limit_no_larger_than_itself() -> None:
    assert list_body(PATH, (), [1, 2])["meta"] == {"count": 2, "limit": 2, "offset": 0}
    assert list_body(PATH, (), [1, 2], in_memory=False)["meta"] == {"count": 2, "limit": 10, "offset": 0}
    assert list_body(PATH, (), [], meta={"more": 1})["meta"] == {"count": 0, "limit": 0, "offset": 0, "more": 1}


def test_an_object_counts_as_one_and_a_whole_list_is_not_cut() -> None:
    assert whole_body(PATH, (), {"currency": "USD"})["meta"] == {"count": 1, "limit": 10, "offset": 0}
    assert whole_body(PATH, (), list(range(12)))["data"] == list(range(12))


@given(st.integers(0, 60), st.integers(1, 20))
def test_following_next_shows_every_item_once(count: int, limit: int) -> None:
    shown: list[object] = []
    query: Query | None = (("limit", str(limit)),)
    while query is not None:
        body = list_body(PATH, query, range(count), in_memory=False)
        shown += body["data"]  # type: ignore[arg-type]
        following = body["links"]["next"]  # type: ignore[index]
        query = tuple(tuple(part.split("=")) for part in following.partition("?")[2].split("&")) if following else None
    assert shown == list(range(count))
