"""Points for tests, and the postings that they give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa

from tallystick.planner.home import Home
from tallystick.planner.metering.delivering import deliver_points, finish
from tallystick.reports.proof import source_totals
from tallystick.sources.points.table import SCHEMA

NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Posting:
    """What is posted for a point."""

    scope_id: str
    metric: str
    begin: datetime
    quantity: Decimal
    cost: Decimal


def points(scope: str, *begins: datetime, price: str | None = "1", metric: str = "instance") -> pa.Table:
    """Two instances of one flavor in each of some hours."""
    rows = [
        {
            "begin": begin,
            "end": begin + HOUR,
            "scope_id": scope,
            "metric": metric,
            "unit": "instance",
            "qty": Decimal(2),
            "price": None if price is None else Decimal(price),
            "groupby": [("id", "i-1"), ("project_id", scope)],
            "metadata": [("flavor", "small")],
        }
        for begin in begins
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def deliver(home: Home, series: str, table: pa.Table) -> None:
    """Take points in and bring the tables up to date."""
    deliver_points(home, "default", "cloudkitty", series=series, points=table)
    finish(home, "default")


def assert_closes(home: Home) -> None:
    """Every total of the home closes."""
    checks = home.reconcile("default", True, source_totals)
    assert checks
    assert [check for check in checks if not check.closes] == []


def postings(home: Home) -> list[Posting]:
    """Every posting, by scope, metric and period."""
    with home.session() as session:
        rows = session.rows(
            "SELECT sub_account_id, service_name, period_start, consumed_quantity, billed_cost FROM ledger ORDER BY ALL"
        )
    return [Posting(*row) for row in rows]
