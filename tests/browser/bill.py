"""The bill that the browser tests look at, and what it adds up to, summed here and nowhere else."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from bills import cur_line, write_cur


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the bill. An empty ``team`` is a line without that tag."""

    day: date
    service: str
    account: str
    team: str
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Bill:
    """Two whole months before this one, so that the page has something to compare with."""

    lines: list[Line] = field(default_factory=list)

    @property
    def month(self) -> date:
        """The first day of the later month, on which the page opens."""
        return max(line.day for line in self.lines).replace(day=1)

    def total(self, wanted: Callable[[Line], bool] = lambda line: True) -> Decimal:
        """What the later month costs."""
        return sum((line.cost for line in self.lines if line.day >= self.month and wanted(line)), Decimal(0))

    def before(self) -> Decimal:
        """What the earlier month costs."""
        return sum((line.cost for line in self.lines if line.day < self.month), Decimal(0))

    def write(self, folder: Path) -> None:
        """As CUR files, one a month."""
        for month in sorted({line.day.replace(day=1) for line in self.lines}):
            lines = [_delivered(line) for line in self.lines if line.day.replace(day=1) == month]
            write_cur(folder / f"bill-{month:%Y-%m}.csv.gz", lines)


def small_company() -> Bill:
    """Eleven services, two accounts, two teams and no team, and costs to the eighteenth digit."""
    last_month = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
    found = Bill()
    for month, factor in ((last_month.replace(day=1) - timedelta(days=1), 2), (last_month, 3)):
        first = month.replace(day=1)
        last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        for day in (first, first + timedelta(days=9), last):
            found.lines.extend(_daily(day, factor))
        found.lines.extend(
            Line(first, f"Small{number}", "000000000003", "", Decimal("0.004") * number) for number in range(1, 9)
        )
    return found


def _daily(day: date, factor: int) -> list[Line]:
    return [
        Line(day, "AmazonEC2", "000000000002", "core", Decimal("100.000000000000000001") * factor),
        Line(day, "AmazonEC2", "000000000003", "web", Decimal("20.1") * factor),
        Line(day, "AmazonRDS", "000000000002", "", Decimal("0.123456789012345678") * factor),
        Line(day, "AmazonS3", "000000000003", "core", Decimal("30.0000007") * factor),
    ]


def _delivered(line: Line) -> dict[str, str]:
    return cur_line(
        line.day.replace(day=1),
        line.day.day,
        UnblendedCost=str(line.cost),
        BlendedCost=str(line.cost),
        ProductCode=line.service,
        ProductName=line.service,
        UsageAccountId=line.account,
        team=line.team,
        LineItemDescription=f"{line.service} on {line.day}",
    )
