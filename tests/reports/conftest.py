"""A small ledger, made from charges as the models make it, and short ways to ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tallystick.engine.session import Session
from tallystick.engine.testing import memory_session
from tallystick.lake.schemas import CHARGES, COST_MEASURES, LEDGER, LEDGER_DAILY, TableSchema
from tallystick.reports.context import ReportContext
from tallystick.reports.service import report

Row = dict[str, Any]
TODAY = date(2026, 11, 22)


class Bill:
    """Charges, and the tables that follow from them: a posting per charge, a set of tags per distinct tags."""

    def __init__(self) -> None:
        self.charges: list[Row] = []
        self.sets: dict[str, Row] = {}

    def charge(self, day: date, cost: str | int | Decimal, tags: dict[str, str] | None = None, **columns: Any) -> None:
        """One charge of a day; ``cost`` is every cost measure unless a column says otherwise."""
        amount = Decimal(cost)
        row: Row = {
            "x_source_id": "source-1",
            "x_file_id": "file-1",
            "x_row_number": len(self.charges) + 1,
            "provider_name": "AWS",
            "billing_currency": "USD",
            "sub_account_id": "100",
            "x_service_code": "AmazonEC2",
            "charge_description": f"charge {len(self.charges) + 1}",
            "x_line_item_type": "Usage",
            **dict.fromkeys(COST_MEASURES, amount),
            **columns,
            "billing_period": day.replace(day=1),
            "charge_period_start": datetime.combine(day, time()),
            "charge_period_end": datetime.combine(day + timedelta(days=1), time()),
            "tags": tags,
            "x_dimension_set_id": self._set("tag", tags),
        }
        self.charges.append(row)

    def _set(self, kind: str, pairs: dict[str, str] | None) -> str | None:
        if not pairs:
            return None
        name = repr(sorted(pairs.items()))
        for key, value in pairs.items():
            pair = {"dimension_set_id": name, "kind": kind, "key": key, "value": value}
            self.sets[f"{name} {key}"] = {"x_source_id": "source-1", **pair}
        return name

    def session(self) -> Session:
        """The tables of this bill. Sets stand in two partitions, as they do when two months use them."""
        postings = [self._posting(charge) for charge in self.charges]
        sets = [row | {"billing_period": date(2026, month, 1)} for row in self.sets.values() for month in (10, 11)]
        return memory_session(
            charges=[_only(CHARGES, row) for row in self.charges],
            ledger=[_only(LEDGER, row) for row in postings],
            ledger_daily=[_only(LEDGER_DAILY, row) for row in postings],
            dimension_sets=sets,
        )

    def _posting(self, charge: Row) -> Row:
        return {
            "entry": "billed",
            "period_start": charge["charge_period_start"],
            "period_end": charge["charge_period_end"],
            "dimension_set_id": charge["x_dimension_set_id"],
            **charge,
        }


def _only(schema: TableSchema, row: Row) -> Row:
    return {name: row[name] for name in schema.names() if name in row}


@pytest.fixture
def bill() -> Bill:
    """An empty bill."""
    return Bill()


@pytest.fixture
def context() -> ReportContext:
    """A tenant with the reference's retention, on the day that its answers were recorded."""
    return ReportContext(
        today=TODAY,
        enabled_currencies=frozenset({"USD", "EUR"}),
        retention_months=4,
        base_path="/api/cost-management/v1/reports/aws/costs/",
    )


Ask = Callable[..., Any]


@pytest.fixture
def ask(context: ReportContext) -> Ask:
    """The body of a report's answer to a query such as ``group_by[service]=*&delta=cost``."""

    def answer(session: Session, query: str = "", name: str = "aws/costs", context: ReportContext = context) -> Any:
        return report(session, name, pairs(query), context).body

    return answer


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

    return lambda body: list(walk(body["data"]))
