"""The statements: one pass over the postings, on the coarsest table that will do, in SQL that travels to Trino."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ledgers import Bill
from tallystick.engine.dialect import to_trino
from tallystick.engine.session import DuckDbSession
from tallystick.reports.service import explain, forecast, report, resource_types, tags

QUESTIONS = [
    ("aws/costs", "", "ledger_daily"),
    ("aws/costs", "group_by[account]=*&group_by[tag:app]=*&filter[limit]=3&delta=cost", "ledger_daily"),
    ("aws/costs", "filter[time_scope_value]=-30&delta=cost&filter[resolution]=monthly", "ledger_daily"),
    ("aws/costs", "group_by[service]=*&order_by[date]=2026-11-20&limit=2", "ledger_daily"),
    ("aws/instance-types", "exclude[tag:app]=web&filter[and:region]=a,b", "ledger_daily"),
    ("aws/storage", "", "ledger_daily"),
    ("focus/costs", "group_by[ServiceName]=*", "ledger_daily"),
    ("focus/costs", "group_by[ResourceId]=*", "ledger"),
    ("focus/costs", "filter[SkuId]=x", "ledger"),
    ("aws/resources/ec2-compute", "filter[instance]=x", "ledger"),
]


class Watched(DuckDbSession):
    """A session that keeps the statements it runs."""

    statements: list[str]

    def rows(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        self.statements.append(sql)
        return super().rows(sql, parameters)

    def rollup(self, sql: str, parameters: Any) -> str | None:
        self.statements.append(sql)
        return super().rollup(sql, parameters)


@pytest.fixture
def watched() -> Watched:
    bill = Bill()
    bill.charge(date(2026, 11, 20), 1, {"app": "web"})
    session = bill.session()
    session.__class__ = Watched
    session.statements = []
    return session


@pytest.mark.parametrize(("name", "query", "table"), QUESTIONS)
def test_one_pass_over_the_right_table(
    watched: Watched, context: Any, parse: Any, name: str, query: str, table: str
) -> None:
    report(watched, name, parse(query), context)
    statements = [sql for sql in watched.statements if f"FROM {table} AS" in sql and "sum(" in sql]
    assert len(statements) == 1
    assert statements[0].count(f"FROM {table} AS") == 1
    for sql in watched.statements:
        assert to_trino(sql)


def test_lists_and_explain_travel_too(watched: Watched, context: Any, parse: Any) -> None:
    tags(watched, "aws", parse("filter[key]=a"), context)
    tags(watched, "aws", parse("filter[value]=w"), context, "app")
    resource_types(watched, "aws-ec2-compute-instances", parse("search=x"), context)
    resource_types(watched, "aws-categories", parse("search=x"), context)
    forecast(watched, "aws/costs", [], context)
    explain(watched, "aws/costs", [], context)
    for sql in watched.statements:
        assert to_trino(sql)
