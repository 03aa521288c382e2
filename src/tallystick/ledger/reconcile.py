"""Does every total close? The bill's control totals against charges, ledger, rollup and report, measure by measure.

The control totals were summed while the charges were written; ``bill`` may also be totals of the delivered files
read again by other code. All sums are exact decimals, so "equal" means equal to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from tallystick.decimals import EXACT
from tallystick.engine.session import Session
from tallystick.lake.parts import Partition
from tallystick.lake.schemas import COST_MEASURES

ROWS = "rows"
"""The check of how many charges there are, beside the sums."""

Scope = TypeVar("Scope", str, Partition)
"""What a total is of: a source's month, or a source."""

LEVELS = ("charges", "ledger", "ledger_daily")
"""The tables that must each hold the whole bill, in the order of the data."""

Totals = Mapping[str, Decimal]
"""Measure name, or ``rows``, to its sum."""

SourceTotals = Callable[[Session], Mapping[str, Totals]]
"""How reports are asked for the cost of every source, by its id."""


@dataclass(frozen=True, slots=True)
class Check:
    """One total that must close: ``expected`` is the bill's, ``actual`` what a level holds."""

    name: str
    """Level and measure, e.g. ``ledger billed_cost``."""
    scope: str
    """Source and month, or source."""
    expected: Decimal
    actual: Decimal
    closes: bool
    """Whether the two are equal to the last digit."""


def compare(level: str, bill: Mapping[Scope, Totals], found: Mapping[Scope, Totals]) -> list[Check]:
    """A check for every measure that the bill names, and for what the level holds without a bill."""
    checks = []
    for scope in sorted(bill.keys() | found.keys()):
        expected, actual = bill.get(scope, {}), found.get(scope, {})
        for measure in sorted(expected or actual):
            pair = expected.get(measure, Decimal(0)), actual.get(measure, Decimal(0))
            checks.append(Check(f"{level} {measure}", _shown(scope), *pair, closes=pair[0] == pair[1]))
    return checks


def _shown(scope: str | Partition) -> str:
    return scope if isinstance(scope, str) else f"{scope.source_id}/{scope.billing_period:%Y-%m}"


def level_totals(session: Session, level: str) -> dict[Partition, Totals]:
    """What a table of a release holds of bills, by source and the month that it is about."""
    charges = level == "charges"
    count = "COUNT(*)" if charges else "CAST(SUM(x_charge_count) AS BIGINT)"
    month = "billing_period" if charges else "COALESCE(x_revised_period, billing_period)"
    sums = ", ".join(f"COALESCE(SUM({measure}), 0)" for measure in COST_MEASURES)
    billed = level if charges else f"{level} WHERE entry <> 'rated'"
    rows = session.rows(f"SELECT x_source_id, {month}, {count}, {sums} FROM {billed} GROUP BY x_source_id, {month}")
    return {
        Partition(row[0], row[1]): {ROWS: Decimal(row[2]), **dict(zip(COST_MEASURES, row[3:], strict=True))}
        for row in rows
    }


def reconcile(
    session: Session, bill: Mapping[Partition, Totals], reported: SourceTotals, unbilled: Mapping[str, Totals]
) -> list[Check]:
    """Check every level of a release against the bill, month by month, and the reports source by source.

    ``unbilled`` is what the reports should show of sources that no bill is for.
    """
    checks = [check for level in LEVELS for check in compare(level, bill, level_totals(session, level))]
    by_source: dict[str, Totals] = dict(unbilled)
    for partition, totals in bill.items():
        costs = {measure: totals[measure] for measure in COST_MEASURES}
        by_source[partition.source_id] = add_up([by_source.get(partition.source_id, {}), costs])
    return checks + compare("report", by_source, reported(session))


def add_up(totals: Iterable[Totals]) -> dict[str, Decimal]:
    """The sum of several totals, measure by measure."""
    result: dict[str, Decimal] = {}
    for one in totals:
        for measure, value in one.items():
            result[measure] = EXACT.add(result.get(measure, Decimal(0)), value)
    return result
