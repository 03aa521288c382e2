"""Runs a report's question and writes the answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from tallystick import clock
from tallystick.access import EVERYTHING
from tallystick.cli.opening import open_home, release_of
from tallystick.cli.options import ReportFormat
from tallystick.cli.querying import Question, query_of
from tallystick.cli.report_table import WIDEST, print_report
from tallystick.engine.session import Session
from tallystick.errors import QueryError
from tallystick.planner.home import Home
from tallystick.reports.catalogue import report_named
from tallystick.reports.conditions import report_conditions
from tallystick.reports.context import ReportContext
from tallystick.reports.flat import to_csv
from tallystick.reports.organization import Organization
from tallystick.reports.render import to_json
from tallystick.reports.service import report
from tallystick.reports.sql import where
from tallystick.settings.organizations import read_places
from tallystick.settings.preferences import read_preferences

EVERY_BUCKET = "limit", "0"
_API = "/api/cost-management/v1/reports"


def answer(
    home: Path | None, tenant: str, name: str, question: Question, *, format: ReportFormat, as_of: str | None
) -> None:
    """Print the report.

    Raises NotFoundError for a report that does not exist, QueryError for a question that the grammar does not have.
    """
    report_named(name)
    opened = open_home(home)
    fitting = WIDEST if format is ReportFormat.TABLE else None
    with opened.session(tenant, release_of(opened, tenant, as_of)) as session:
        query = [*query_of(question, days_with_data(session, name), fitting), EVERY_BUCKET]
        with saying_what_there_is(name):
            answered = report(session, name, query, context_of(opened, tenant, name))
        if format is ReportFormat.TABLE:
            print_report(report_named(name), answered)
        elif format is ReportFormat.JSON:
            sys.stdout.write(to_json(answered.body) + "\n")
        else:
            sys.stdout.write(to_csv(answered))


@contextmanager
def saying_what_there_is(name: str) -> Iterator[None]:
    """Adds the keys that a report knows to the error of a question that names another one."""
    try:
        yield
    except QueryError as error:
        wanted = report_named(name)
        known = {
            "group_by": wanted.groups,
            "filter": wanted.filters,
            "exclude": wanted.filters,
            "order_by": wanted.orders,
        }
        hints = {f"{name} knows for {key}": ", ".join(known[key]) for key in known if key in error.body}
        raise QueryError(error.body | hints) from error


def context_of(home: Home, tenant: str, name: str) -> ReportContext:
    """The owner of the home asks: everything may be seen, as far back as there is data."""
    chosen = read_preferences(home.database.of(tenant))
    return ReportContext(
        today=clock.today(),
        currency=chosen.currency,
        cost_type=chosen.cost_type,
        enabled_currencies=chosen.enabled_currencies,
        retention_months=None,
        access=EVERYTHING,
        organization=Organization(read_places(home.database.of(tenant))),
        base_path=f"{_API}/{name}/",
    )


def days_with_data(session: Session, name: str) -> tuple[date, date] | None:
    """The first and the last UTC day of a report's rows; None where it has none, or knows no dates but months."""
    wanted = report_named(name)
    if wanted.monthly_only:
        return None
    table = "ledger" if wanted.detail else "ledger_daily"
    ((first, last),) = session.rows(
        "SELECT CAST(MIN(l.period_start) AS DATE), CAST(MAX(l.period_start) AS DATE)"
        f" FROM {table} AS l {where(report_conditions(wanted))}"
    )
    return (first, last) if first else None
