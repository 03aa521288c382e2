"""Late samples: the last periods of scopes are collected again, and where they have changed, replaced.

CloudKitty moves on for good from a period without data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import structlog

from tallystick.engine.models import counted_points
from tallystick.planner import proving
from tallystick.planner.metering.collecting import Batch, Meter
from tallystick.planner.metering.delivering import replace_points

if TYPE_CHECKING:
    from tallystick.planner.home import Home

_Amounts = Mapping[tuple[str, str, datetime], tuple[int, Decimal]]
"""Scope, metric and period start, to the number of points and their quantity."""


def recheck(
    home: Home, tenant: str, meter: Meter, processed: Iterable[tuple[str, datetime]], periods: int
) -> list[str]:
    """Collect the last ``periods`` of scopes, given the start of the last one, again; gives the scopes that changed."""
    ends: defaultdict[datetime, list[str]] = defaultdict(list)
    for scope_id, last in processed:
        ends[last + meter.period].append(scope_id)
    changed = []
    for end, scopes in sorted(ends.items()) if periods else ():
        batch = Batch(tuple(sorted(scopes)), end - periods * meter.period, end)
        gathered = meter.gather(batch)
        stored = _stored(home, tenant, meter.name, batch)
        for scope_id, stretch in _changed(_amounts(gathered.points), stored, meter.period).items():
            if scope_id not in gathered.problems:
                _replace(home, tenant, meter, stretch, gathered.points)
                changed.append(scope_id)
    return changed


def _replace(home: Home, tenant: str, meter: Meter, stretch: Batch, points: pa.Table) -> None:
    (scope_id,) = stretch.scopes
    begin, end = (pa.scalar(moment, pa.timestamp("us", "UTC")) for moment in (stretch.begin, stretch.end))
    of_scope = pc.equal(points["scope_id"], scope_id)
    within = pc.and_(pc.greater_equal(points["begin"], begin), pc.less(points["begin"], end))

    structlog.get_logger("tallystick.metering").info(
        "late samples", source=meter.name, scope=scope_id, begin=str(stretch.begin), end=str(stretch.end)
    )
    new = points.filter(pc.and_(of_scope, within))
    replace_points(home, tenant, meter.name, stretch, new, reason="late samples")


def _changed(now: _Amounts, stored: _Amounts, period: timedelta) -> dict[str, Batch]:
    """For each scope that has more than before, or other amounts, the stretch from the first such period to the last.

    A stretch in which something has gone from where it was collected is left as it was: nothing is lost to retention.
    """
    periods: defaultdict[str, list[datetime]] = defaultdict(list)
    for key, amount in now.items():
        if stored.get(key) != amount:
            periods[key[0]].append(key[2])
    stretches = {scope_id: (min(found), max(found)) for scope_id, found in periods.items()}
    for scope_id, _, begin in stored.keys() - now.keys():
        first, last = stretches.get(scope_id, (begin, begin))
        if scope_id in stretches and first <= begin <= last:
            del stretches[scope_id]
    return {scope_id: Batch((scope_id,), first, last + period) for scope_id, (first, last) in stretches.items()}


def _amounts(points: pa.Table) -> _Amounts:
    keys = ["scope_id", "metric", "begin"]
    grouped = points.group_by(keys).aggregate([("qty", "count"), ("qty", "sum")])
    return {
        (row["scope_id"], row["metric"], row["begin"]): (row["qty_count"], row["qty_sum"])
        for row in grouped.to_pylist()
    }


def _stored(home: Home, tenant: str, source_name: str, batch: Batch) -> _Amounts:
    """What counts of the points that were collected, as readers see them."""
    books = home.books(tenant)
    ids = [view.source_id for view in home.sources(tenant) if view.name == source_name]
    sql = f"""
        WITH withdrawals AS ({proving.metered(books).withdrawals}), delivered_points AS (SELECT * FROM points),
        counted AS ({counted_points()})
        SELECT scope_id, metric, period_start, COUNT(*), SUM(qty)
        FROM counted
        WHERE x_source_id = $source_id AND price IS NULL AND period_start >= $begin AND period_start < $end
        GROUP BY scope_id, metric, period_start
    """
    if not ids:
        return {}
    window = {"begin": batch.begin.replace(tzinfo=None), "end": batch.end.replace(tzinfo=None)}
    with home.session(tenant) as session:
        rows = session.rows(sql, {"source_id": ids[0], **window})
    return {(scope, metric, start.replace(tzinfo=UTC)): (count, qty) for scope, metric, start, count, qty in rows}
