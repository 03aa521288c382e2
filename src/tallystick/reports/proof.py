"""What reports say in all: asked through the same door as every other question, for reconcile to hold against the
bill."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from tallystick import clock
from tallystick.decimals import EXACT
from tallystick.engine.session import Session
from tallystick.lake.schemas import COST_MEASURES
from tallystick.reports.context import ReportContext
from tallystick.reports.currencies import billed_currencies
from tallystick.reports.service import report

_BY_SOURCE = ("group_by[x_source_id]", "*"), ("filter[resolution]", "monthly"), ("limit", "0")


def source_totals(session: Session) -> dict[str, dict[str, Decimal]]:
    """Source id to the sum of every cost measure over all days and currencies, as ``focus/costs`` reports it."""
    (first, last), *_ = session.rows("SELECT MIN(period_start), MAX(period_start) FROM ledger_daily")
    if first is None:
        return {}
    currencies = billed_currencies(session)
    context = ReportContext(today=clock.today())
    days = ("start_date", f"{first:%Y-%m-%d}"), ("end_date", f"{last:%Y-%m-%d}")
    totals: dict[str, dict[str, Decimal]] = {}
    for measure in COST_MEASURES:
        for currency in currencies:
            query = [*_BY_SOURCE, *days, ("cost_type", measure), ("currency", currency)]
            for row in cast("list[dict[str, Any]]", report(session, "focus/costs", query, context).rows):
                sums = totals.setdefault(row["x_source_id"], {})
                sums[measure] = EXACT.add(sums.get(measure, Decimal(0)), row["cost_total"])
    return totals
