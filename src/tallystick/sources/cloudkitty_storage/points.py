"""A rated point as CloudKitty stored it, and many of them as a table in the points file format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from operator import attrgetter
from typing import Any, Final

import pyarrow as pa

from tallystick.decimals import EXACT, exact_sum

DATE_ATTRIBUTES: Final = frozenset({"week_of_the_year", "day_of_the_year", "month", "year"})
"""What CloudKitty's collectors add to every point: they follow from its begin."""
WITHOUT_SCOPE: Final = "__UNDEF__"
"""The scope of a point that lacks the attribute, as CloudKitty's v1 API says it."""
_MOMENT: Final = pa.timestamp("us", tz="UTC")
_NUMBER: Final = pa.decimal128(38, 18)
_TEXTS: Final = pa.map_(pa.string(), pa.string())
_SMALLEST: Final = Decimal("1e-18")
_SCHEMA: Final = pa.schema(
    [
        ("begin", _MOMENT),
        ("end", _MOMENT),
        ("scope_id", pa.string()),
        ("metric", pa.string()),
        ("unit", pa.string()),
        ("qty", _NUMBER),
        ("price", _NUMBER),
        ("description", pa.string()),
        ("groupby", _TEXTS),
        ("metadata", _TEXTS),
    ]
)


@dataclass(frozen=True, slots=True)
class RatedPoint:
    """A point with its price. Attributes are texts, sorted by name."""

    begin: datetime
    end: datetime
    metric: str
    unit: str
    qty: Decimal
    price: Decimal
    groupby: tuple[tuple[str, str], ...]
    metadata: tuple[tuple[str, str], ...] = ()
    description: str | None = None
    scope_id: str | None = None
    """Where the storage says it; elsewhere it is an attribute."""


@dataclass(frozen=True, slots=True)
class PointsOfDay:
    """The table of a day, and what is known of it."""

    table: pa.Table
    price: Decimal
    """Of all points, exact."""
    rounded: int
    """How many numbers had more than 18 decimals."""


def attributes(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Attributes as texts, in the order of their names and without the four of the date."""
    return tuple(sorted((name, str(value)) for name, value in values.items() if name not in DATE_ATTRIBUTES))


def points_table(points: Iterable[RatedPoint], scope_key: str) -> PointsOfDay:
    """The points in an order that depends on nothing but them."""
    rows = sorted(points, key=attrgetter("begin", "metric", "groupby", "metadata", "qty", "price", "end"))
    quantities, prices = [_exact(row.qty) for row in rows], [_exact(row.price) for row in rows]
    columns = [
        pa.array([row.begin for row in rows], _MOMENT),
        pa.array([row.end for row in rows], _MOMENT),
        pa.array([row.scope_id or dict(row.groupby).get(scope_key) or WITHOUT_SCOPE for row in rows], pa.string()),
        pa.array([row.metric for row in rows], pa.string()),
        pa.array([row.unit for row in rows], pa.string()),
        pa.array(quantities, _NUMBER),
        pa.array(prices, _NUMBER),
        pa.array([row.description for row in rows], pa.string()),
        pa.array([row.groupby for row in rows], _TEXTS),
        pa.array([row.metadata for row in rows], _TEXTS),
    ]
    given = [number for row in rows for number in (row.qty, row.price)]
    kept = [number for pair in zip(quantities, prices, strict=True) for number in pair]
    rounded = sum(before != after for before, after in zip(given, kept, strict=True))
    return PointsOfDay(pa.Table.from_arrays(columns, schema=_SCHEMA), exact_sum(prices), rounded)


def _exact(number: Decimal) -> Decimal:
    return number.quantize(_SMALLEST, ROUND_HALF_UP, EXACT)
