"""Points in the making: what has no file yet becomes one Arrow table with the columns of a file of points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Final

import pyarrow as pa

Attributes = tuple[tuple[str, str], ...]
"""Names and texts, by name."""

MOMENT: Final = pa.timestamp("us", tz="UTC")
NUMBER: Final = pa.decimal128(38, 18)
TEXTS: Final = pa.map_(pa.string(), pa.string())
SCHEMA: Final = pa.schema(
    [
        ("begin", MOMENT),
        ("end", MOMENT),
        ("scope_id", pa.string()),
        ("metric", pa.string()),
        ("unit", pa.string()),
        ("qty", NUMBER),
        ("price", NUMBER),
        ("description", pa.string()),
        ("groupby", TEXTS),
        ("metadata", TEXTS),
    ]
)
"""The columns of the points file format. A point without a price is to be rated."""

NO_SCOPE: Final = "__UNDEF__"
"""The scope of a point that lacks the attribute that says it, as CloudKitty's v1 API has it."""


@dataclass(frozen=True, slots=True)
class PricedPoint:
    """A point that comes with its price; numbers of a table have at most 18 decimals."""

    begin: datetime
    end: datetime
    metric: str
    unit: str
    qty: Decimal
    price: Decimal
    groupby: Attributes
    metadata: Attributes = ()
    description: str | None = None
    scope_id: str | None = None
    """Where its deliverer says it; elsewhere it is an attribute."""

    def scope(self, scope_key: str) -> str:
        """The scope, by the attribute that names it."""
        return self.scope_id or dict(self.groupby).get(scope_key) or NO_SCOPE


def priced_points_table(points: Iterable[PricedPoint], scope_key: str) -> pa.Table:
    """The points in an order that depends on nothing but them."""
    rows = sorted(points, key=attrgetter("begin", "metric", "groupby", "metadata", "qty", "price", "end"))
    columns = {
        "scope_id": [row.scope(scope_key) for row in rows],
        **{name: [getattr(row, name) for row in rows] for name in SCHEMA.names if name != "scope_id"},
    }
    return pa.table({name: columns[name] for name in SCHEMA.names}, schema=SCHEMA)
