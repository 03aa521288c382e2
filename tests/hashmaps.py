"""Rating points by hashmap's rules in memory, for the tests of several rooms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from tallystick.engine.models import hashmap_model
from tallystick.engine.testing import memory_session
from tallystick.rating import hashmap
from tallystick.rating.hashmap import Threshold

MOMENT = datetime(2026, 8, 1, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Point:
    """A point that is to be rated."""

    metric: str = "instance"
    qty: Decimal | str | int = 1
    groupby: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    scope_id: str | None = "scope"
    begin: datetime = MOMENT
    price: Decimal | str | int = 0


def point_rows(points: Iterable[Point]) -> list[dict[str, object]]:
    """Rows of the points table, numbered from 1."""
    return [
        {
            "x_row_number": number,
            "x_series_id": repr((one.scope_id, one.metric, sorted(one.groupby.items()), sorted(one.metadata.items()))),
            "period_start": one.begin.astimezone(UTC).replace(tzinfo=None),
            "scope_id": one.scope_id,
            "metric": one.metric,
            "qty": Decimal(one.qty),
            "price": Decimal(one.price),
            "groupby": dict(one.groupby),
            "metadata": dict(one.metadata),
        }
        for number, one in enumerate(points, start=1)
    ]


def prices(
    points: Sequence[Point], mappings: Sequence[hashmap.Mapping], thresholds: Sequence[Threshold] = ()
) -> list[Decimal]:
    """The prices of points, in their order."""
    days = sorted({one.begin.astimezone(UTC).date() for one in points})
    epochs = [epoch for day in days for epoch in hashmap.epochs(day, [*mappings, *thresholds])]
    with memory_session(points=point_rows(points)) as session:
        for name, select in hashmap.relations(epochs, mappings, thresholds).items():
            session.rows(f"CREATE VIEW {name} AS {select}")
        found = session.rows(f"SELECT price FROM ({hashmap_model().sql}) AS rated ORDER BY x_row_number")
    return [price for (price,) in found]
