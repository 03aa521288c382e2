"""Runs a report's question and writes the answer."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from tallystick import clock
from tallystick.access import EVERYTHING
from tallystick.cli.opening import open_home
from tallystick.cli.options import ReportFormat
from tallystick.cli.output import console
from tallystick.cli.querying import Question, query_of
from tallystick.engine.session import Session
from tallystick.planner.home import Home
from tallystick.reports.context import ReportContext
from tallystick.reports.render import to_csv, to_json, to_table
from tallystick.reports.service import report
from tallystick.settings.preferences import read_preferences

_API = "/api/cost-management/v1/reports"


def answer(home: Path | None, tenant: str, name: str, question: Question, format: ReportFormat) -> None:
    """Print the report. Raises QueryError for a question that the grammar does not have."""
    opened = open_home(home)
    with opened.session(tenant) as session:
        answered = report(session, name, query_of(question, days_with_data(session)), context_of(opened, tenant, name))
    if format is ReportFormat.TABLE:
        console().print(to_table(answered))
    else:
        sys.stdout.write(
            (to_json(answered.body) if format is ReportFormat.JSON else to_csv(answered)).rstrip("\n") + "\n"
        )


def context_of(home: Home, tenant: str, name: str) -> ReportContext:
    """The owner of the home asks: everything may be seen, as far back as there is data."""
    chosen = read_preferences(home.database, tenant)
    return ReportContext(
        today=clock.today(),
        currency=chosen.currency,
        cost_type=chosen.cost_type,
        enabled_currencies=chosen.enabled_currencies,
        retention_months=None,
        access=EVERYTHING,
        base_path=f"{_API}/{name}/",
    )


def days_with_data(session: Session) -> tuple[date, date] | None:
    """The first and the last UTC day of the ledger."""
    ((first, last),) = session.rows(
        "SELECT CAST(MIN(period_start) AS DATE), CAST(MAX(period_start) AS DATE) FROM ledger_daily"
    )
    return (first, last) if first else None
