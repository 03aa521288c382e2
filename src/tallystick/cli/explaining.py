"""Opens a number: its postings, the charges or points that these rest on, and where in which file each stands."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from tallystick.cli.answering import context_of, days_with_data, saying_what_there_is
from tallystick.cli.opening import open_home, release_of
from tallystick.cli.options import ReportFormat
from tallystick.cli.output import console, exact, print_table
from tallystick.cli.querying import Question, query_of
from tallystick.reports.catalogue import report_named
from tallystick.reports.explain import Explanation, Level
from tallystick.reports.render import to_json
from tallystick.reports.service import explain

Row = Mapping[str, object]
_POSTING = {
    "period_start": "Day",
    "entry": "Entry",
    "sub_account_id": "Account",
    "service_name": "Service",
    "region_id": "Region",
    "resource_id": "Resource",
    "x_charge_count": "Charges",
    "cost": "Cost",
}
_POINT = {
    "period_start": "From",
    "scope_id": "Scope",
    "metric": "Metric",
    "resource_id": "Resource",
    "qty": "Quantity",
    "unit": "Unit",
    "price": "Price",
    "row": "Row",
    "file": "File",
}
_CHARGE = {
    "charge_period_start": "From",
    "sub_account_id": "Account",
    "charge_category": "Category",
    "charge_description": "Description",
    "resource_id": "Resource",
    "cost": "Cost",
    "row": "Row",
    "file": "File",
}


def explain_cell(
    home: Path | None,
    tenant: str,
    name: str,
    question: Question,
    *,
    limit: int,
    format: ReportFormat,
    as_of: str | None,
) -> None:
    """Print both levels of a question. Raises as a report does."""
    report_named(name)
    opened = open_home(home)
    with opened.session(tenant, release_of(opened, tenant, as_of)) as session:
        query = [*query_of(question, days_with_data(session, name)), ("limit", str(limit))]
        with saying_what_there_is(name):
            explanation = explain(session, name, query, context_of(opened, tenant, name))
    file_ids = {str(row["x_file_id"]) for row in (*explanation.charges.rows, *explanation.points.rows)}
    names = opened.file_names(tenant, file_ids)
    charges, points = _placed(explanation.charges.rows, names), _placed(explanation.points.rows, names)
    if format is ReportFormat.JSON:
        sys.stdout.write(to_json(explanation.body() | {"charges": charges, "points": points}) + "\n")
        return
    _print_level("Postings of the ledger", explanation.postings, explanation, explanation.postings.rows, _POSTING)
    if explanation.points.count:
        _print_level("Metered points, and what they are rated", explanation.points, explanation, points, _POINT)
    if explanation.charges.count or not explanation.points.count:
        _print_level("Charges of the bill", explanation.charges, explanation, charges, _CHARGE)
    agree = explanation.agrees
    console().print("The two agree to the last digit." if agree else "THE TWO DIFFER: tally reconcile says where.")


def _placed(charges: Sequence[Row], file_names: Mapping[str, str]) -> list[dict[str, object]]:
    """Charges with the name of their file and their row in it."""
    return [
        {**charge, "file": file_names.get(str(charge["x_file_id"])), "row": charge["x_row_number"]}
        for charge in charges
    ]


def _print_level(
    title: str, level: Level, explanation: Explanation, rows: Sequence[Row], columns: Mapping[str, str]
) -> None:
    shown = f", the biggest {len(rows)}" if len(rows) < level.count else ""
    total = f"{exact(level.total)} {explanation.currency} ({explanation.measure})"
    console().print(f"{title}: {exact(level.count)}{shown}; together {total}")
    used = {name: text for name, text in columns.items() if any(name in row for row in rows)}
    print_table(list(used.values()), [[_cell(row.get(name)) for name in used] for row in rows], empty="  none")


def _cell(value: object) -> object:
    """A moment at midnight is a day; in UTC like every moment here."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.hour == value.minute == value.second == 0 else f"{value:%Y-%m-%d %H:%M}"
    return value
