"""JSON and CSV with exact digits."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.reports.flat import to_csv
from tallystick.reports.links import page_links
from tallystick.reports.render import Json, Slot, Template, plain, to_json
from tallystick.reports.service import report


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("12927.840000000000000000", "12927.84"),
        ("0E-18", "0"),
        ("-0.0", "0"),
        ("1E+3", "1000"),
        ("1E-18", "0.000000000000000001"),
        ("-3.9E-14", "-0.000000000000039"),
        ("100", "100"),
        ("99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"),
    ],
)
def test_plain(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=18))
def test_digits_survive(number: Decimal) -> None:
    text = to_json({"a": [number]})
    assert json.loads(text, parse_float=Decimal, parse_int=Decimal) == {"a": [number]}
    assert "E" not in text.upper()


json_like: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda below: st.lists(below) | st.dictionaries(st.text(), below),
)


@given(json_like)
def test_other_things_are_written_as_usual(thing: Any) -> None:
    assert json.loads(to_json(thing)) == thing


def test_dates_and_repeated_objects() -> None:
    same = {"value": Decimal(1)}
    assert to_json([same, same, date(2026, 1, 2), datetime(2026, 1, 2, 3)]) == (  # noqa: DTZ001 (stored without zone)
        '[{"value":1},{"value":1},"2026-01-02","2026-01-02T03:00:00"]'
    )


def test_a_template_writes_what_is_alike_once() -> None:
    first, second = Slot(0), Slot(1)
    template = Template.of({"%s": "100 %", "day": first, "below": [{"\0": second, "again": second}, first]})
    for day, amount in (("2026-01-02", Decimal("1.50")), ("%d \0", Decimal(0))):
        written = template.filled((to_json(day), to_json(amount)))
        same = {"%s": "100 %", "day": day, "below": [{"\0": amount, "again": amount}, day]}
        assert to_json([Json(written)]) == to_json([same])


@pytest.mark.parametrize("thing", [1.5, {1, 2}, object()])
def test_what_is_not_exact_is_refused(thing: object) -> None:
    with pytest.raises(TypeError):
        to_json([thing])


def test_csv(bill: Any, context: Any, parse: Any) -> None:
    bill.charge(date(2026, 11, 20), "1.50", {"app": "we,b"}, sub_account_name="Shop", x_source_id="s2")
    bill.charge(date(2026, 11, 20), 1, {"app": "we,b"}, x_source_id="s1")
    query = "filter[time_scope_value]=-1&group_by[account]=*&group_by[tag:app]=*"
    text = to_csv(report(bill.session(), "aws/costs", parse(query), context))
    header, line, end = text.split("\r\n")
    assert header == (
        "alias,app,base_currency,cost_markup,cost_raw,cost_total,cost_units,cost_usage,date,exchange_rate,id,"
        "infra_markup,infra_raw,infra_total,infra_usage,source_uuid.0,source_uuid.1,sup_markup,sup_raw,sup_total,sup_usage"
    )
    assert line == 'Shop,"we,b",USD,0,2.5,2.5,USD,0,2026-11,1,100,0,2.5,2.5,0,s1,s2,0,0,0,0'
    assert end == ""


def test_csv_pages_rows(bill: Any, context: Any, parse: Any) -> None:
    for service in "abc":
        bill.charge(date(2026, 11, 20), 1, None, x_service_code=service)
        bill.charge(date(2026, 11, 21), 1, None, x_service_code=service)
    session = bill.session()
    answer = report(session, "aws/costs", parse("group_by[service]=*&limit=2&offset=2"), context)
    assert [(row["date"], row["service"]) for row in answer.page_of_rows] == [("2026-11-20", "c"), ("2026-11-21", "a")]
    assert len(answer.rows) == 6
    ranked = report(session, "aws/costs", parse("group_by[service]=*&filter[limit]=1&limit=0"), context)
    assert [row.get("rank") for row in ranked.rows[-2:]] == [1, None]
    assert to_csv(report(bill.__class__().session(), "aws/costs", [], context)) == ""


@pytest.mark.parametrize(
    ("count", "limit", "offset", "expected"),
    [
        (31, 10, 0, {"first": "0", "next": "10", "previous": None, "last": "21"}),
        (31, 10, 10, {"first": "0", "next": "20", "previous": "", "last": "21"}),
        (31, 10, 25, {"first": "0", "next": None, "previous": "15", "last": "21"}),
        (0, 10, 0, {"first": "0", "next": None, "previous": None, "last": "0"}),
        (5, 10, 0, {"first": "0", "next": None, "previous": None, "last": "0"}),
    ],
)
def test_links(count: int, limit: int, offset: int, expected: dict[str, str | None]) -> None:
    given = [("offset", "3"), ("filter[a b]", "x,y*"), ("aa", "1")]
    links = page_links("/p/", given, count=count, limit=limit, offset=offset)
    start = f"/p/?aa=1&filter%5Ba+b%5D=x%2Cy%2A&limit={limit}"
    assert links == {
        name: None if to is None else start + (f"&offset={to}" if to else "") for name, to in expected.items()
    }
