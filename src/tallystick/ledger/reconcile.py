"""Does every total close? The bill's control totals against charges, ledger, rollup and report, measure by measure.

The control totals were summed while the charges were written; ``bill`` may also be totals of the delivered files
read again by other code. All sums are exact decimals, so "equal" means equal to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


@dataclass(frozen=True, slots=True)
class Check:
    """One total that must close: ``expected`` is the bill's, ``actual`` what the level holds."""

    partition: Partition
    level: str
    measure: str
    expected: Decimal
    actual: Decimal

    @property
    def closes(self) -> bool:
        """Whether the two are equal to the last digit."""
        return self.expected == self.actual


def compare(level: str, bill: Mapping[Partition, Totals], found: Mapping[Partition, Totals]) -> list[Check]:
    """A check for every measure that the bill names, and for what the level holds without a bill."""
    zero = Decimal(0)
    return [
        Check(
            partition,
            level,
            measure,
            bill.get(partition, {}).get(measure, zero),
            found.get(partition, {}).get(measure, zero),
        )
        for partition in sorted(bill.keys() | found.keys())
        for measure in sorted(bill.get(partition, found.get(partition, {})))
    ]


def level_totals(session: Session, level: str) -> dict[Partition, Totals]:
    """What a table of a release holds, by partition."""
    count = "COUNT(*)" if level == "charges" else "SUM(x_charge_count)"
    sums = ", ".join(f"COALESCE(SUM({measure}), 0)" for measure in COST_MEASURES)
    rows = session.rows(
        f"SELECT x_source_id, billing_period, {count}, {sums} FROM {level} GROUP BY x_source_id, billing_period"
    )
    return {
        Partition(row[0], row[1]): {ROWS: Decimal(row[2]), **dict(zip(COST_MEASURES, row[3:], strict=True))}
        for row in rows
    }


def reconcile(session: Session, bill: Mapping[Partition, Totals]) -> list[Check]:
    """Check every level of a release against the bill."""
    return [check for level in LEVELS for check in compare(level, bill, level_totals(session, level))]


def add_up(totals: Iterable[Totals]) -> dict[str, Decimal]:
    """The sum of several totals, measure by measure."""
    result: dict[str, Decimal] = {}
    for one in totals:
        for measure, value in one.items():
            result[measure] = result.get(measure, Decimal(0)) + value
    return result
