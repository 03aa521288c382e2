"""Small relations that models read beside tables, as SELECTs in the DuckDB dialect: they travel to any engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from tallystick.engine.duck import literal
from tallystick.lake.schemas import ColumnType

Value = str | int | date | datetime


def relation_of(columns: Mapping[str, ColumnType], rows: Iterable[Sequence[Value]]) -> str:
    """The SELECT that gives these rows, with columns of these names and types."""
    written = [f"({', '.join(map(_written, row))})" for row in rows]
    types = ", ".join(f"CAST({name} AS {type.value}) AS {name}" for name, type in columns.items())
    if not written:
        nulls = ", ".join(f"CAST(NULL AS {type.value}) AS {name}" for name, type in columns.items())
        return f"SELECT {nulls} WHERE false"
    return f"SELECT {types} FROM (VALUES {', '.join(written)}) AS given ({', '.join(columns)})"


def _written(value: Value) -> str:
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"
    if isinstance(value, date):
        return f"DATE '{value}'"
    return literal(value) if isinstance(value, str) else str(value)
