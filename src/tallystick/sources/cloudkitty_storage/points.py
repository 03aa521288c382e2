"""Rated points as CloudKitty stored them: a day of them as a table in the points file format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import pyarrow as pa

from tallystick.decimals import EXACT, exact_sum
from tallystick.sources.points.table import Attributes, PricedPoint, priced_points_table

DATE_ATTRIBUTES: Final = frozenset({"week_of_the_year", "day_of_the_year", "month", "year"})
"""What CloudKitty's collectors add to every point: they follow from its begin."""
_SMALLEST: Final = Decimal("1e-18")


@dataclass(frozen=True, slots=True)
class PointsOfDay:
    """The table of a day, and what is known of it."""

    table: pa.Table
    price: Decimal
    """Of all points, exact."""
    rounded: int
    """How many numbers had more than 18 decimals."""


def attributes(values: Mapping[str, Any]) -> Attributes:
    """Attributes as texts, in the order of their names and without the four of the date."""
    return tuple(sorted((name, str(value)) for name, value in values.items() if name not in DATE_ATTRIBUTES))


def points_of_day(points: Iterable[PricedPoint], scope_key: str) -> PointsOfDay:
    """The points of a day, their numbers rounded half away from zero to 18 decimals."""
    given = list(points)
    kept = [replace(point, qty=_exact(point.qty), price=_exact(point.price)) for point in given]
    rounded = sum(
        (before.qty != after.qty) + (before.price != after.price) for before, after in zip(given, kept, strict=True)
    )
    return PointsOfDay(priced_points_table(kept, scope_key), exact_sum(point.price for point in kept), rounded)


def _exact(number: Decimal) -> Decimal:
    return number.quantize(_SMALLEST, ROUND_HALF_UP, EXACT)
