"""Sums of rated points and the points themselves, over a small ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ledgers import OpenSession
from tallystick.engine.dialect import translated
from tallystick.engine.session import NO_PARAMETERS, Session
from tallystick.engine.testing import memory_session
from tallystick.reports.rated.points import rated_points, scopes_seen
from tallystick.reports.rated.question import (
    Amount,
    Field,
    Function,
    Page,
    RatedQuestionError,
    Selection,
    SummaryQuestion,
    term_named,
)
from tallystick.reports.rated.summary import summary

DAY = datetime.fromisoformat("2026-11-20")


def point(
    hour: int, scope: str, metric: str, qty: str, price: str, groupby: dict[str, str], metadata: dict[str, str]
) -> dict[str, Any]:
    """A point of an hour after the start of 2026-11-20."""
    return {
        "begin": DAY + timedelta(hours=hour),
        "scope": scope,
        "metric": metric,
        "qty": Decimal(qty),
        "price": Decimal(price),
        "groupby": groupby,
        "metadata": metadata,
    }


POINTS = [
    point(0, "p1", "cpu", "1", "0.1", {"id": "a"}, {"flavor": "small"}),
    point(1, "p1", "cpu", "2", "0.2", {"id": "a"}, {"flavor": "big"}),
    point(1, "p2", "cpu", "4", "1.000000000000000001", {"id": "b"}, {"flavor": "big"}),
    point(2, "p1", "disk", "8", "0", {"id": "a", "month": "13"}, {}),
    point(24, "p2", "disk", "16", "2", {}, {}),
    point(24 * 42, "p2", "disk", "32", "4", {"id": "b"}, {}),
]


def session_of(points: list[dict[str, Any]], open_session: OpenSession) -> Session:
    """A ledger of points and, which they are never mixed with, one of a bill."""
    postings, sets = [], []
    for number, row in enumerate(points):
        common = {"x_source_id": "points-1", "billing_period": row["begin"].date().replace(day=1)}
        postings.append(
            common
            | {
                "entry": "rated",
                "dimension_set_id": f"set-{number}",
                "revision": 0,
                "x_charge_count": 1,
                "period_start": row["begin"],
                "period_end": row["begin"] + timedelta(hours=1),
                "sub_account_id": row["scope"],
                "service_name": row["metric"],
                "pricing_unit": "u",
                "consumed_quantity": row["qty"],
                "billed_cost": row["price"],
            }
        )
        pairs = [("tag", *pair) for pair in row["groupby"].items()]
        pairs += [("metadata", *pair) for pair in row["metadata"].items()]
        sets += [
            common | {"dimension_set_id": f"set-{number}", "kind": kind, "key": key, "value": value}
            for kind, key, value in pairs
        ]
    bill = {
        "x_source_id": "aws-1",
        "entry": "billed",
        "sub_account_id": "p1",
        "service_name": "cpu",
        "billed_cost": Decimal(1000),
    }
    postings.append(bill | {"billing_period": date(2026, 11, 1), "period_start": DAY, "period_end": DAY})
    daily = [{name: row[name] for name in row if name != "consumed_unit"} for row in postings]
    return open_session(ledger=postings, ledger_daily=daily, dimension_sets=sets, charge_sets=sets)


@pytest.fixture(params=["duckdb", pytest.param("postgresql", marks=pytest.mark.services)])
def session(request: pytest.FixtureRequest) -> Session:
    """The points above, read from DuckDB or from the report store."""
    open_session = memory_session if request.param == "duckdb" else request.getfixturevalue("published")
    return session_of(POINTS, open_session)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def selection(
    begin: str = "2026-11-01", end: str = "2027-02-01", scopes: tuple[str, ...] | None = None, **filters: str
) -> Selection:
    wanted = tuple((term_named(name, {"project_id"}), tuple(text.split(","))) for name, text in filters.items())
    return Selection(moment(begin), moment(end), scopes, wanted)


def groups(*names: str) -> tuple[Any, ...]:
    return tuple(term_named(name, {"project_id"}) for name in names)


def told(rows: list[dict[str, object]]) -> list[tuple[str, ...]]:
    """Rows without begin and end, as text."""
    return [tuple(str(value) for name, value in row.items() if name not in ("begin", "end")) for row in rows]


ONE = "1.000000000000000001"


@pytest.mark.parametrize(
    ("asked", "grouped", "expected"),
    [
        ({}, (), [("63.0", "7.300000000000000001")]),
        ({"begin": "2020-01-01", "end": "2020-02-01"}, (), []),
        ({}, ("type",), [("7.0", "1.300000000000000001", "cpu"), ("56.0", "6.0", "disk")]),
        ({"scopes": ("p1",)}, ("project_id",), [("11.0", "0.3", "p1")]),
        ({"scopes": ("p1",), "project_id": "p2"}, (), []),
        ({"scopes": ()}, (), []),
        ({"project_id": "p2"}, ("type",), [("4.0", ONE, "cpu"), ("48.0", "6.0", "disk")]),
        ({"type": "cpu"}, (), [("7.0", "1.300000000000000001")]),
        ({"type": "cpu,disk"}, (), [("63.0", "7.300000000000000001")]),
        ({"id": "b"}, (), [("36.0", "5.000000000000000001")]),
        ({"flavor": "big"}, (), [("6.0", "1.200000000000000001")]),
        ({"nothing": "b"}, (), []),
        ({}, ("id",), [("16.0", "2.0", ""), ("11.0", "0.3", "a"), ("36.0", "5.000000000000000001", "b")]),
        ({}, ("nothing",), [("63.0", "7.300000000000000001", "")]),
        ({}, ("time-m",), [("32.0", "4.0", "1"), ("31.0", "3.300000000000000001", "11")]),
        ({}, ("time-y",), [("31.0", "3.300000000000000001", "2026"), ("32.0", "4.0", "2027")]),
        ({"type": "disk"}, ("time-d",), [("32.0", "4.0", "1"), ("8.0", "0.0", "324"), ("16.0", "2.0", "325")]),
        ({"type": "disk"}, ("time-w",), [("32.0", "4.0", "00"), ("24.0", "2.0", "46")]),
        ({"month": "1"}, (), [("32.0", "4.0")]),
        ({"week_of_the_year": "00"}, (), [("32.0", "4.0")]),
        ({"year": "x"}, (), []),
        ({"end": "2026-11-20T01:00:00"}, (), [("1.0", "0.1")]),
        ({"begin": "2026-11-20T01:00:00", "end": "2026-11-20T02:00:00", "id": "a"}, (), [("2.0", "0.2")]),
        ({"begin": "2026-11-20", "end": "2026-11-21"}, (), [("15.0", "1.300000000000000001")]),
        ({"scopes": ("p1",)}, ("type", "time"), [("1", "0.1", "cpu"), ("2", "0.2", "cpu"), ("8", "0", "disk")]),
    ],
)
def test_sums(session: Session, asked: dict[str, Any], grouped: tuple[str, ...], expected: list[Any]) -> None:
    found = summary(session, SummaryQuestion(selection(**asked), groups(*grouped)))
    assert found.total == len(expected)
    for got, wanted in zip(told(found.rows), expected, strict=True):
        assert [Decimal(text) for text in got[:2]] == [Decimal(text) for text in wanted[:2]]
        assert got[2:] == wanted[2:]


def test_the_week_is_that_of_strftime(session: Session) -> None:
    rows = summary(session, SummaryQuestion(selection(), groups("time", "time-w", "time-d"))).rows
    for row in rows:
        begin = row["begin"]
        assert isinstance(begin, datetime)
        assert row["week_of_the_year"] == begin.strftime("%U")
        assert row["day_of_the_year"] == str(begin.timetuple().tm_yday)


def test_begin_and_end_are_those_asked_for_or_the_periods(session: Session) -> None:
    asked = selection()
    assert summary(session, SummaryQuestion(asked)).rows[0]["begin"] == asked.begin
    row = summary(session, SummaryQuestion(asked, groups("time"))).rows[-1]
    assert (row["begin"], row["end"]) == (moment("2027-01-01"), moment("2027-01-01T01:00:00"))


@pytest.mark.parametrize(
    ("function", "field", "expected"),
    [
        (Function.COUNT, Field.QTY, "3"),
        (Function.MIN, Field.PRICE, "0.1"),
        (Function.MAX, Field.QTY, "4"),
        (Function.MEAN, Field.QTY, "2.333333333333333333"),
        (Function.MEAN, Field.PRICE, "0.433333333333333334"),
        (Function.SUM, Field.PRICE, "1.300000000000000001"),
    ],
)
def test_amounts(session: Session, function: Function, field: Field, expected: str) -> None:
    amounts = (Amount("x", function, field),)
    (row,) = summary(session, SummaryQuestion(selection(type="cpu"), amounts=amounts)).rows
    assert row["x"] == Decimal(expected)


@pytest.mark.parametrize(("offset", "limit", "shown"), [(0, 1, 1), (1, 5, 2), (3, 1, 0), (10**30, 10**30, 0)])
def test_pages(session: Session, offset: int, limit: int, shown: int) -> None:
    found = summary(session, SummaryQuestion(selection(), groups("id"), page=Page(offset, limit)))
    assert (found.total, len(found.rows)) == (3, shown)
    points = rated_points(session, selection(type="cpu"), Page(offset, limit))
    assert (points.total, len(points.points)) == (3, shown)


def test_points(session: Session) -> None:
    found = rated_points(session, selection(type="cpu", id="b"), Page())
    (point,) = found.points
    assert (point.begin, point.end) == (moment("2026-11-20T01:00:00"), moment("2026-11-20T02:00:00"))
    assert (point.metric, point.scope, point.unit, point.qty) == ("cpu", "p2", "u", 4)
    assert point.price == Decimal(ONE)
    assert (point.groupby, point.metadata) == ({"id": "b"}, {"flavor": "big"})


def test_scopes(session: Session) -> None:
    assert scopes_seen(session) == ["p1", "p2"]


def test_an_unknown_span_is_an_error() -> None:
    with pytest.raises(RatedQuestionError, match=r"There is no groupby processing for \[time-x\]"):
        term_named("time-x", ())


class _Recorder:
    """A session that keeps what it is asked, and has no rollups."""

    def __init__(self, session: Session) -> None:
        self.asked: list[str] = []
        self._session = session

    def rollup(self, sql: str, parameters: object) -> str | None:
        self.asked.append(sql)
        return None

    def rows(self, sql: str, parameters: Any = NO_PARAMETERS) -> list[tuple[Any, ...]]:
        self.asked.append(sql)
        return self._session.rows(sql, parameters)


def test_every_statement_travels_to_other_engines() -> None:
    recorder: Any = _Recorder(session_of(POINTS, memory_session))
    asked = selection(type="cpu", id="a", month="11", project_id="p1")
    everything = groups("type", "project_id", "id", "time", "time-d", "time-w", "time-m", "time-y")
    amounts = tuple(Amount(function.value, function, Field.QTY) for function in Function)
    summary(recorder, SummaryQuestion(asked, everything, amounts, Page(1, 2)))
    summary(recorder, SummaryQuestion(asked, groups("time-w"), page=Page(1, 2)))
    rated_points(recorder, asked, Page(1, 2))
    scopes_seen(recorder)
    for sql in recorder.asked:
        translated(sql, "postgres")
        assert ("?" in translated(sql, "trino").sql) is ("$" in sql)
