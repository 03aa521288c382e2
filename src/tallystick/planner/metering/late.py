"""Late samples: the last periods of scopes are collected again, and where they have changed, replaced.

CloudKitty moves on for good from a period without data. What came with a price, as posted or from another's history,
is no business of a collector: it stays, and what it is about is not collected a second time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import structlog

from tallystick.engine.models import counted_points
from tallystick.planner import proving
from tallystick.planner.metering.collecting import Batch, Meter
from tallystick.planner.metering.delivering import replace_points
from tallystick.sources.points.table import SCHEMA

if TYPE_CHECKING:
    from tallystick.planner.home import Home

_Key = tuple[str, str, datetime]
"""Scope, metric and period start."""
_Amounts = Mapping[_Key, tuple[int, Decimal]]
"""The number of points and their quantity."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """What counts in a stretch of time."""

    collected: _Amounts
    priced: frozenset[_Key]
    """Of what came with a price, into whichever source."""
    kept: pa.Table
    """The points that came so into the source: they are delivered again with what replaces others of their periods."""


def recheck(
    home: Home, tenant: str, meter: Meter, processed: Iterable[tuple[str, datetime, datetime]], periods: int
) -> list[str]:
    """Collect the last ``periods`` of scopes again; gives the scopes that changed.

    Of each scope the starts of the first and of the last period are given that were collected.
    """
    stretches: defaultdict[tuple[datetime, datetime], list[str]] = defaultdict(list)
    for scope_id, first, last in processed:
        end = last + meter.period
        stretches[max(first, end - periods * meter.period), end].append(scope_id)
    changed = []
    for (begin, end), scopes in sorted(stretches.items()) if periods else ():
        batch = Batch(tuple(sorted(scopes)), begin, end)
        gathered = meter.gather(batch)
        stored = _stored(home, tenant, meter.name, batch)
        points = _without(gathered.points, stored.priced)
        for scope_id, stretch in _changed(_amounts(points), stored.collected, meter.period).items():
            if scope_id not in gathered.problems:
                _replace(home, tenant, meter, stretch, pa.concat_tables([points, stored.kept]))
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


def _without(points: pa.Table, keys: Collection[_Key]) -> pa.Table:
    """Points but for those of some keys."""
    if not keys:
        return points
    own = zip(*(points[name].to_pylist() for name in ("scope_id", "metric", "begin")), strict=True)
    return points.filter(pa.array([key not in keys for key in own], pa.bool_()))


def _stored(home: Home, tenant: str, source_name: str, batch: Batch) -> _Stored:
    """What readers see now."""
    counted = f"""
        WITH withdrawals AS ({proving.metered(home.books(tenant)).withdrawals}),
        delivered_points AS (SELECT * FROM points WHERE period_start >= $begin AND period_start < $end),
        counted AS ({counted_points()})
    """
    ids = {view.source_id for view in home.sources(tenant) if view.name == source_name}
    window = {"begin": batch.begin.replace(tzinfo=None), "end": batch.end.replace(tzinfo=None)}
    with home.session(tenant) as session:
        sums = session.rows(f"{counted} {_SUMS}", window)
        priced = session.rows(f"{counted} {_PRICED}", window)
    collected = {
        (scope, metric, _aware(start)): (count, qty)
        for source, scope, metric, start, count, qty in sums
        if source in ids
    }
    points = [(source, _point(row)) for source, *row in priced]
    keys = frozenset((point["scope_id"], point["metric"], point["begin"]) for _, point in points)
    return _Stored(collected, keys, pa.Table.from_pylist([point for source, point in points if source in ids], SCHEMA))


_SUMS: Final = """
    SELECT x_source_id, scope_id, metric, period_start, COUNT(*), SUM(qty)
    FROM counted
    WHERE price IS NULL
    GROUP BY x_source_id, scope_id, metric, period_start
"""
_PRICED: Final = """
    SELECT
      x_source_id, period_start, period_end, scope_id, metric, unit, qty, price, description, groupby, metadata
    FROM counted
    WHERE price IS NOT NULL
"""
"""The source, and the columns of the points file format."""


def _point(row: Iterable[Any]) -> dict[str, Any]:
    """A row of a table of points."""
    begin, end, *others, groupby, metadata = row
    values = (_aware(begin), _aware(end), *others, list((groupby or {}).items()), list((metadata or {}).items()))
    return dict(zip(SCHEMA.names, values, strict=True))


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
