"""Does every total close that comes from metered points? What was delivered against points, ledger and rollup.

Quantities come from deliveries; prices are made here, so costs are checked from the ledger on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tallystick.engine.models import counted_points
from tallystick.engine.session import Session
from tallystick.lake.parts import Partition
from tallystick.lake.schemas import COST_MEASURES
from tallystick.ledger.reconcile import ROWS, Check, Totals, compare

QUANTITY = "consumed_quantity"


@dataclass(frozen=True, slots=True)
class Metered:
    """The metered sources of a tenant."""

    delivered: Mapping[Partition, Totals]
    """By source and month: the control totals of rows and quantity."""
    withdrawals: str
    """The relation of what does not count of delivered files, as a SELECT."""

    @property
    def source_ids(self) -> set[str]:
        """Whose points they are."""
        return {partition.source_id for partition in self.delivered}


def metered_checks(session: Session, metered: Metered) -> list[Check]:
    """Check every level of a release: points against deliveries, the ledger against points that count, its rollup."""
    sources = metered.source_ids
    checks = compare("points", metered.delivered, _months(session, _POINTS, sources))
    expected = _months(session, _counted(metered.withdrawals), sources)
    checks += compare("ledger", expected, _months(session, _POSTED.format(table="ledger"), sources))
    checks += compare("ledger_daily", expected, _months(session, _POSTED.format(table="ledger_daily"), sources))
    costs = [_months(session, _costs(table), sources, COST_MEASURES) for table in ("ledger", "ledger_daily")]
    return checks + compare("ledger_daily", *costs)


def ledger_costs(session: Session, source_ids: set[str]) -> dict[str, Totals]:
    """What sources cost, by their ids."""
    found: dict[str, Totals] = {}
    for partition, totals in _months(session, _costs("ledger"), source_ids, COST_MEASURES).items():
        before = found.get(partition.source_id, {})
        found[partition.source_id] = {name: before.get(name, Decimal(0)) + total for name, total in totals.items()}
    return found


_MONTH = "CAST(DATE_TRUNC('MONTH', period_start) AS DATE)"
_POINTS = f"SELECT x_source_id, {_MONTH} AS period, COUNT(*), SUM(qty) FROM points GROUP BY x_source_id, {_MONTH}"
_POSTED = (
    "SELECT x_source_id, COALESCE(x_revised_period, billing_period) AS period, SUM(x_charge_count),"
    " SUM(consumed_quantity) FROM {table} WHERE entry = 'rated'"
    " GROUP BY x_source_id, COALESCE(x_revised_period, billing_period)"
)


def _counted(withdrawals: str) -> str:
    """What should be posted: points that count, or on days that modules rated that are no SQL, what those gave."""
    return f"""
        WITH withdrawals AS ({withdrawals}), delivered_points AS (SELECT * FROM points),
        counted AS ({counted_points()}),
        days AS (SELECT DISTINCT x_source_id, CAST(period_start AS DATE) AS day FROM rated_points), expected AS (
          SELECT x_source_id, period_start, qty FROM counted
          WHERE NOT EXISTS (
            SELECT 1 FROM days
            WHERE days.x_source_id = counted.x_source_id AND days.day = CAST(counted.period_start AS DATE)
          )
          UNION ALL
          SELECT x_source_id, period_start, qty FROM rated_points
        )
        SELECT x_source_id, {_MONTH} AS period, COUNT(*), SUM(qty) FROM expected GROUP BY x_source_id, {_MONTH}
    """


def _costs(table: str) -> str:
    sums = ", ".join(f"COALESCE(SUM({name}), 0)" for name in COST_MEASURES)
    posted = f"FROM {table} WHERE entry = 'rated' GROUP BY x_source_id, billing_period"
    return f"SELECT x_source_id, billing_period AS period, {sums} {posted}"


def _months(
    session: Session, sql: str, source_ids: set[str], names: tuple[str, ...] = (ROWS, QUANTITY)
) -> dict[Partition, Totals]:
    return {
        Partition(row[0], row[1]): {name: Decimal(value) for name, value in zip(names, row[2:], strict=True)}
        for row in session.rows(sql)
        if row[0] in source_ids
    }
