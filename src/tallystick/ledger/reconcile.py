"""Does every total close? The bill's control totals against charges, ledger, rollup and report, measure by measure.

The control totals were summed while the charges were written; ``bill`` may also be totals of the delivered files
read again by other code. All sums are exact decimals, so "equal" means equal to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tallystick.engine.session import Session
from tallystick.lake.parts import Partition
from tallystick.lake.schemas import COST_MEASURES

ROWS = "rows"
"""The check of how many charges there are, beside the sums."""

LEVELS = ("charges", "ledger", "ledger_daily")
"""The tables that must each hold the whole bill, in the order of the data."""

Totals = Mapping[str, Decimal]
"""Measure name, or ``rows``, to its sum."""

Level = Callable[[Session], Mapping[Partition, Totals]]
"""How the totals of a level are taken."""


@dataclass(frozen=True, slots=True)
class Check:
    """One total that must close: ``expected`` is the bill's, ``actual`` what a level holds."""

    name: str
    """Level and measure, e.g. ``ledger billed_cost``."""
    scope: str
    """Source and month."""
    expected: Decimal
    actual: Decimal
    closes: bool
    """Whether the two are equal to the last digit."""


def compare(level: str, bill: Mapping[Partition, Totals], found: Mapping[Partition, Totals]) -> list[Check]:
    """A check for every measure that the bill names, and for what the level holds without a bill."""
    checks = []
    for partition in sorted(bill.keys() | found.keys()):
        expected, actual = bill.get(partition, {}), found.get(partition, {})
        for measure in sorted(expected or actual):
            pair = expected.get(measure, Decimal(0)), actual.get(measure, Decimal(0))
            checks.append(Check(f"{level} {measure}", str(partition), *pair, closes=pair[0] == pair[1]))
    return checks


def level_totals(session: Session, level: str) -> dict[Partition, Totals]:
    """What a table of a release holds, by source and the month that it is about."""
    charges = level == "charges"
    count = "COUNT(*)" if charges else "SUM(x_charge_count)"
    month = "billing_period" if charges else "COALESCE(x_revised_period, billing_period)"
    sums = ", ".join(f"COALESCE(SUM({measure}), 0)" for measure in COST_MEASURES)
    rows = session.rows(f"SELECT x_source_id, {month}, {count}, {sums} FROM {level} GROUP BY x_source_id, {month}")
    return {
        Partition(row[0], row[1]): {ROWS: Decimal(row[2]), **dict(zip(COST_MEASURES, row[3:], strict=True))}
        for row in rows
    }


def reconcile(session: Session, bill: Mapping[Partition, Totals], report: Level) -> list[Check]:
    """Check every level of a release, the report last, against the bill."""
    checks = [check for level in LEVELS for check in compare(level, bill, level_totals(session, level))]
    costs = {partition: {m: t for m, t in totals.items() if m in COST_MEASURES} for partition, totals in bill.items()}
    return checks + compare("report", costs, report(session))


def add_up(totals: Iterable[Totals]) -> dict[str, Decimal]:
    """The sum of several totals, measure by measure."""
    result: dict[str, Decimal] = {}
    for one in totals:
        for measure, value in one.items():
            result[measure] = result.get(measure, Decimal(0)) + value
    return result
