"""Taking over the rated history of a storage: a delivery per UTC day, whose points keep their prices.

Who takes the same history over again changes nothing; a day that differs replaces what was taken over of it before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from tallystick.decimals import exact_sum
from tallystick.errors import TallyError
from tallystick.planner.jobs.waiting import Wait
from tallystick.planner.metering.delivering import deliver_points, finish
from tallystick.planner.progress import Progress
from tallystick.settings.models import Source
from tallystick.sources.cloudkitty_storage.base import RatedStorage
from tallystick.sources.cloudkitty_storage.points import points_of_day

if TYPE_CHECKING:
    from tallystick.planner.home import Home

_DAY: Final = timedelta(days=1)
_LEDGER = """
SELECT COUNT(*), COALESCE(SUM(effective_cost), 0) FROM ledger
WHERE x_source_id = $source AND period_start >= $begin AND period_start < $end
"""


@dataclass(frozen=True, slots=True)
class Sum:
    """How many points, and what they cost in all."""

    points: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What a storage had and what the ledger has of the same days."""

    first: date
    last: date
    stored: Sum
    ledger: Sum
    unchanged: int
    """How many days had been taken over already, just so."""
    rounded: int
    """How many of the storage's numbers have more than 18 decimals."""

    @property
    def equal(self) -> bool:
        """To the last digit."""
        return self.stored == self.ledger


def take_over(
    home: Home,
    tenant: str,
    storage: RatedStorage,
    *,
    source_name: str,
    scope_key: str,
    within: tuple[date | None, date | None],
    progress: Progress,
) -> TakenOver | None:
    """Take over the days from the first to the last of ``within``, both included; None when the storage has none.

    Raises TallyError when the storage gives other points than it counts; what was taken over until then stays.
    """
    days = _days(storage.span(), *within)
    if not days:
        return None
    taken, sums, unchanged, rounded = [], [Sum(0, Decimal(0))], 0, 0
    for number, day in enumerate(days):
        progress.step("taking over history", number, len(days))
        found = points_of_day(storage.points(day), scope_key)
        counted = storage.count(day)
        if counted != found.table.num_rows:
            raise TallyError(f"{storage.name}: {day} has {counted} points, but {found.table.num_rows} were given")
        if not counted:
            continue
        series = f"imported/{storage.kind}/{day}"
        one = deliver_points(home, tenant, source_name, series=series, points=found.table)
        taken.append(one.delivery_id)
        unchanged += one.outcome == "unchanged"
        sums.append(Sum(counted, found.price))
        rounded += found.rounded
    finish(home, tenant)
    if home.config.broker:
        Wait(home, tenant, taken, progress).until_published()
    stored = Sum(sum(each.points for each in sums), exact_sum(each.cost for each in sums))
    ledger = _of_ledger(home, tenant, source_name, days[0], days[-1])
    return TakenOver(days[0], days[-1], stored, ledger, unchanged, rounded)


def _days(span: tuple[date, date] | None, first: date | None, last: date | None) -> list[date]:
    if span is None:
        return []
    begin, end = max(span[0], first or span[0]), min(span[1], last or span[1])
    return [begin + number * _DAY for number in range((end - begin).days + 1)]


def _of_ledger(home: Home, tenant: str, source_name: str, first: date, last: date) -> Sum:
    """What the ledger has of a source between two days, both included."""
    with home.database.of(tenant).read() as settings:
        named = select(Source.source_id).where(Source.tenant_id == tenant, Source.name == source_name)
        source_id = settings.scalars(named).one()
    begin, end = (datetime.combine(day, time.min) for day in (first, last + _DAY))
    with home.session(tenant) as session:
        ((points, cost),) = session.rows(_LEDGER, {"source": source_id, "begin": begin, "end": end})
    return Sum(points, Decimal(cost))
