"""Points in the making: series with their labels become one Arrow table in the points file format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa

from tallystick.sources.metering.metrics_conf import Metric
from tallystick.sources.points.table import MOMENT, NUMBER, SCHEMA, TEXTS


@dataclass(frozen=True, slots=True)
class Series:
    """The points of one metric that share their labels, one per period."""

    scope_id: str
    groupby: Mapping[str, str]
    metadata: Mapping[str, str]
    begins: Sequence[int]
    """Period starts, in seconds since 1970 UTC."""
    quantities: Sequence[Decimal]
    """As many as ``begins``, with at most 18 decimals and 20 digits before them."""


def points_table(metric: Metric, series: Sequence[Series], period: timedelta) -> pa.Table:
    """One row per point, in the order given."""
    begins = np.fromiter((begin for one in series for begin in one.begins), dtype=np.int64) * 1_000_000
    which = np.repeat(np.arange(len(series)), [len(one.begins) for one in series])
    rows = len(begins)
    scopes = pa.array([one.scope_id for one in series], pa.string())
    columns = [
        pa.array(begins).cast(MOMENT),
        pa.array(begins + period // timedelta(microseconds=1)).cast(MOMENT),
        scopes.take(pa.array(which)),
        _constant(metric.type_name, rows),
        _constant(metric.unit, rows),
        pa.array([quantity for one in series for quantity in one.quantities], NUMBER),
        pa.nulls(rows, NUMBER),
        _constant(metric.description, rows),
        _labels([one.groupby for one in series]).take(pa.array(which)),
        _labels([one.metadata for one in series]).take(pa.array(which)),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def seconds(moment: datetime) -> int:
    """A moment as whole seconds since 1970. Raises ValueError for a fraction of a second or a time without a zone."""
    if moment.tzinfo is None or moment.microsecond:
        raise ValueError(f"periods begin at whole seconds of a time zone, not at {moment}")
    return int(moment.astimezone(UTC).timestamp())


def period_starts(begin: datetime, end: datetime, period: timedelta) -> range:
    """The starts of the periods of [begin, end), in seconds. Raises ValueError when they do not fill it."""
    first, last, length = seconds(begin), seconds(end), round(period.total_seconds())
    if length < 1 or timedelta(seconds=length) != period or (last - first) % length:
        raise ValueError(f"[{begin}, {end}) is not made of periods of {period}")
    return range(first, last, length)


def _constant(value: str | None, rows: int) -> pa.Array:
    return pa.nulls(rows, pa.string()) if value is None else pa.repeat(pa.scalar(value), rows)


def _labels(maps: Sequence[Mapping[str, str]]) -> pa.Array:
    return pa.array([list(labels.items()) for labels in maps], TEXTS)
