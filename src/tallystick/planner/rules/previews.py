"""What the points of the past would have cost by other rules: days are rated anew in memory, nothing is stored."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from tallystick.decimals import EXACT
from tallystick.engine.duck import connect, create_relations, create_view
from tallystick.engine.models import metered_model, rated_ledger_model, rated_model, unrated_model
from tallystick.lake.schemas import RATED_POINTS
from tallystick.planner.metered_days import MeteredDay
from tallystick.rating.chain import Chain
from tallystick.rating.days import Rating, Rules

if TYPE_CHECKING:
    from tallystick.planner.home import Home

Costs = Mapping[str, Decimal]
"""By service."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What the points of a service cost, and would cost."""

    service: str
    old: Decimal
    new: Decimal

    @property
    def difference(self) -> Decimal:
        """How much more."""
        return EXACT.subtract(self.new, self.old)


def compare(home: Home, tenant: str, rules: Rules) -> list[Compared]:
    """The services that would cost something else by other rules, over the days that would be rated by those.

    Of days in closed months, too: what would change there would be posted in the first open one.
    """
    books = home.books(tenant)
    old = books.rating
    new = Rating(old.currency, old.withdrawals, rules, old.priorities, old.skips)
    before = {day.partition: day for day in books.metered_days()}
    after = [day for day in replace(books, rating=new).metered_days() if day != before[day.partition]]
    posted = _costs(home, tenant, [before[day.partition] for day in after])
    would_be = _costs(home, tenant, after)
    services = sorted({*posted, *would_be})
    found = (Compared(name, posted.get(name, Decimal(0)), would_be.get(name, Decimal(0))) for name in services)
    return [one for one in found if one.difference]


def _costs(home: Home, tenant: str, days: Iterable[MeteredDay]) -> Costs:
    found: dict[str, Decimal] = {}
    home.resources.spill.mkdir(parents=True, exist_ok=True)
    with connect(home.resources) as connection:
        for day in days:
            for service, cost in _of_day(home, tenant, connection, day):
                found[service] = EXACT.add(found.get(service, Decimal(0)), cost)
    return found


def _of_day(
    home: Home, tenant: str, connection: duckdb.DuckDBPyConnection, day: MeteredDay
) -> list[tuple[str, Decimal]]:
    store = home.store(tenant)
    with store.reading() as reading, tempfile.TemporaryDirectory(dir=home.resources.spill) as folder:
        for one in day.inputs:
            paths = reading.paths(one.table, store.settled(one.table, one.parts))
            create_view(connection, one.view, one.table, store.ids[one.table.name], paths)
        create_relations(connection, day.relations)
        postings = metered_model(day.rating.rating).sql
        if not day.rating.in_sql:
            Chain(day.rating, connection, Path(folder), home.resources).rate(unrated_model().sql)
            connection.execute(f"CREATE OR REPLACE VIEW {RATED_POINTS.name} AS {rated_model().sql}")
            postings = rated_ledger_model().sql
        sums = f"SELECT service_name, CAST(SUM(billed_cost) AS DECIMAL(38, 18)) FROM ({postings}) GROUP BY service_name"
        return connection.execute(sums).fetchall()
