"""Computing a part slice by slice, so that its memory does not grow with its input.

A model whose groups never span two values of a column of its input gives the same rows from slices of that input, one
after the other. A slice is some consecutive values, at least one, with about ``SLICE_ROWS`` rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import duckdb

SLICE_ROWS = 65_536
"""Some 50 MB of postings, which grouping and sorting hold several times over."""


@dataclass(frozen=True, slots=True)
class Slicing:
    """How a model's input is cut: a view that it reads, and a timestamp column that it groups by."""

    view: str
    column: str


def slices(connection: duckdb.DuckDBPyConnection, slicing: Slicing, rows: int = SLICE_ROWS) -> Iterator[str]:
    """The SELECTs that together give the rows of a view, in the order of the column; each row is in one of them."""
    bounds = _bounds(connection, slicing, rows)
    for lower, upper in zip([None, *bounds], [*bounds, None], strict=True):
        conditions = []
        if lower is not None:
            conditions.append(f"{slicing.column} >= TIMESTAMP '{lower}'")
        if upper is not None:
            before = f"{slicing.column} < TIMESTAMP '{upper}'"
            conditions.append(before if conditions else f"({before}) IS NOT FALSE")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        yield f"SELECT * FROM {slicing.view}{where}"


def _bounds(connection: duckdb.DuckDBPyConnection, slicing: Slicing, rows: int) -> list[datetime]:
    """The values at which another slice begins. NULL belongs to the first."""
    counted = f"SELECT {slicing.column}, COUNT(*) FROM {slicing.view} GROUP BY 1 ORDER BY 1 NULLS FIRST"
    bounds, taken = [], 0
    for value, count in connection.execute(counted).fetchall():
        if taken and taken + count > rows:
            bounds.append(value)
            taken = 0
        taken += count
    return bounds
