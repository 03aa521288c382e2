"""The words of FOCUS: every dimension of the ledger under its FOCUS name, over every provider."""

from __future__ import annotations

import re
from typing import Final

from tallystick.lake.schemas import COST_MEASURES, DETAIL_DIMENSIONS, ROLLUP_DIMENSIONS
from tallystick.reports.terms import Family, Measure, Report, Term


def focus_name(column: str) -> str:
    """A ledger column under its FOCUS name: ``sub_account_id`` is ``SubAccountId``; ``x_`` columns keep theirs."""
    return column if column.startswith("x_") else "".join(word.capitalize() for word in column.split("_"))


def _title(column: str) -> str:
    """``sub_account_id`` as "Sub account id"; ``x_service_code`` as "Service code"."""
    return re.sub("^x_", "", column).replace("_", " ").capitalize()


def _midnight(day: str) -> str:
    """A day as FOCUS writes the moment at which it begins."""
    return f"CAST(CAST({day} AS DATE) AS VARCHAR) || 'T00:00:00Z'"


_COLUMNS: Final = ("x_source_id", *ROLLUP_DIMENSIONS, *DETAIL_DIMENSIONS)
_BILLING_PERIOD: Final = {
    "billing_period_start": _midnight("l.billing_period"),
    "billing_period_end": _midnight("l.billing_period + INTERVAL '1' MONTH"),
}
_TERMS: Final = (
    *(Term(focus_name(column), _title(column), (column,)) for column in _COLUMNS),
    *(Term(focus_name(name), _title(name), ("billing_period",), sql) for name, sql in _BILLING_PERIOD.items()),
)
_NAMES: Final = tuple(term.key for term in _TERMS)

FOCUS: Final = Family(
    name="focus",
    rows=(),
    terms={term.key: term for term in _TERMS},
    measures={column: Measure(column, column, _title(column)) for column in COST_MEASURES},
    default_measure="billed_cost",
    tenant_measure=False,
    max_groups=4,
    category_prefix=None,
    retention=False,
    account_access=None,
    account_term=None,
)
COSTS: Final = Report(
    name="focus/costs",
    family=FOCUS,
    filters=_NAMES,
    groups=_NAMES,
    orders=("cost", "delta", "date"),
    default_order="cost",
    deltas=("cost", "cost_total"),
)
