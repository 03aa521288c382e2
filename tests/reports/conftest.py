"""A small ledger, in each place that reports are read from, and short ways to ask it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ledgers import Bill, Row
from tallystick.engine.session import Session
from tallystick.reports.context import ReportContext
from tallystick.reports.render import to_json
from tallystick.reports.service import report

TODAY = date(2026, 11, 22)


@pytest.fixture(params=["duckdb", pytest.param("postgresql", marks=pytest.mark.services)])
def bill(request: pytest.FixtureRequest) -> Bill:
    """An empty bill, whose reports are read from DuckDB or from the report store."""
    return Bill() if request.param == "duckdb" else Bill(request.getfixturevalue("published"))


@pytest.fixture
def context() -> ReportContext:
    """A tenant with the reference's retention, on the day that its answers were recorded."""
    return ReportContext(
        today=TODAY,
        retention_months=4,
        base_path="/api/cost-management/v1/reports/aws/costs/",
    )


Ask = Callable[..., Any]


@pytest.fixture
def ask(context: ReportContext) -> Ask:
    """The body of a report's answer to a query such as ``group_by[service]=*&delta=cost``."""

    def answer(session: Session, query: str = "", name: str = "aws/costs", context: ReportContext = context) -> Any:
        return read(report(session, name, pairs(query), context).body)

    return answer


def read(body: object) -> Any:
    """What a client reads, with exact decimals."""
    return json.loads(to_json(body), parse_float=Decimal)


def pairs(query: str) -> list[tuple[str, str]]:
    """A query as pairs; the values in tests hold no ``&``."""
    return [(key, value) for key, _, value in (part.partition("=") for part in query.split("&") if part)]


@pytest.fixture
def parse() -> Callable[[str], list[tuple[str, str]]]:
    """`pairs`, for tests."""
    return pairs


@pytest.fixture
def leaves() -> Callable[[Any], list[Row]]:
    """The innermost rows of a body's ``data``, in order."""

    def walk(thing: Any) -> Iterable[Row]:
        if isinstance(thing, list):
            for item in thing:
                yield from walk(item)
        elif isinstance(thing, dict):
            if "values" in thing:
                yield from thing["values"]
            else:
                for item in thing.values():
                    yield from walk(item)

    return lambda body: list(walk(read(body["data"])))
