"""What resources would cost now: points that are never delivered go through the modules of the day."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from tallystick.engine.duck import Resources, connect, create_relations, literal
from tallystick.engine.relations import relation_of
from tallystick.lake.schemas import POINTS, ColumnType
from tallystick.rating.chain import PROBLEMS, RATED, Chain
from tallystick.rating.days import DayRating
from tallystick.rating.rules.errors import InvalidRuleError


@dataclass(frozen=True, slots=True)
class Quoted:
    """A resource to be rated. It is of no scope, so no scope's own rules apply, and nothing was used before."""

    metric: str
    qty: Decimal
    groupby: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


def quote(rating: DayRating, quoted: Sequence[Quoted], now: datetime, end: datetime, resources: Resources) -> Decimal:
    """The sum of the prices of resources for a period that begins ``now``.

    Raises InvalidRuleError when a module fails on them.
    """
    if not quoted:
        return Decimal(0)
    resources.spill.mkdir(parents=True, exist_ok=True)
    with connect(resources) as connection, tempfile.TemporaryDirectory(dir=resources.spill) as folder:
        points = _points(quoted, now, end)
        create_relations(connection, {**rating.relations(()), **_as_delivered(points)})
        Chain(rating, connection, Path(folder), resources).rate(points)
        problem = connection.execute(f"SELECT problem FROM {PROBLEMS} LIMIT 1").fetchone()
        if problem is not None:
            raise InvalidRuleError(f"The resources cannot be rated: {problem[0]}")
        total = connection.execute(f"SELECT CAST(SUM(price) AS DECIMAL(38, 18)) FROM {RATED}").fetchone()
    return Decimal(total[0] or 0) if total else Decimal(0)


def _as_delivered(points: str) -> dict[str, str]:
    """What ladders read: these points and, in the month before them, none."""
    delivered = f"SELECT * REPLACE (NULL AS price) FROM ({points})"
    return {"delivered_points": delivered, "earlier_points": f"{delivered} WHERE false"}


def _points(quoted: Sequence[Quoted], now: datetime, end: datetime) -> str:
    """The SELECT that gives the resources as points, each a series of its own."""
    columns = {
        "number": ColumnType.TEXT,
        "metric": ColumnType.TEXT,
        "qty": ColumnType.DECIMAL,
        "period_start": ColumnType.TIMESTAMP,
        "period_end": ColumnType.TIMESTAMP,
    }
    rows = ((str(number), one.metric, one.qty, now, end) for number, one in enumerate(quoted))
    given = {
        "x_file_id": "''",
        "x_series_id": "number",
        "x_row_number": "number",
        "metric": "metric",
        "qty": "qty",
        "price": "0",
        "period_start": "period_start",
        "period_end": "period_end",
        "groupby": _by_number(_map(one.groupby) for one in quoted),
        "metadata": _by_number(_map(one.metadata) for one in quoted),
    }
    selected = ", ".join(
        f"CAST({given.get(column.name, 'NULL')} AS {column.type.value}) AS {column.name}" for column in POINTS.columns
    )
    return f"SELECT {selected} FROM ({relation_of(columns, rows)}) AS quoted"


def _by_number(maps: Iterator[str]) -> str:
    return "CASE number " + " ".join(f"WHEN '{number}' THEN {one}" for number, one in enumerate(maps)) + " END"


def _map(values: Mapping[str, str]) -> str:
    keys = ", ".join(literal(key) for key in values)
    texts = ", ".join(literal(value) for value in values.values())
    return f"CAST(MAP([{keys}], [{texts}]) AS MAP(VARCHAR, VARCHAR))"
