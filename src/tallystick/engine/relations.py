"""Small relations that models read beside tables, as SELECTs in the DuckDB dialect: they travel to any engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from tallystick.engine.duck import literal
from tallystick.lake.schemas import ColumnType

Value = str | int | date | datetime | Decimal | None


def relation_of(columns: Mapping[str, ColumnType], rows: Iterable[Sequence[Value]]) -> str:
    """The SELECT that gives these rows, with columns of these names and types."""
    written = [f"({', '.join(map(_written, row))})" for row in rows]
    types = ", ".join(f"CAST({name} AS {type.value}) AS {name}" for name, type in columns.items())
    if not written:
        nulls = ", ".join(f"CAST(NULL AS {type.value}) AS {name}" for name, type in columns.items())
        return f"SELECT {nulls} WHERE false"
    return f"SELECT {types} FROM (VALUES {', '.join(written)}) AS given ({', '.join(columns)})"


def _written(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, Decimal):
        return f"'{value:f}'"  # as text, so that all rows are read by the type of their column
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None)
        return f"TIMESTAMP '{moment.isoformat(' ', 'microseconds')}'"
    if isinstance(value, date):
        return f"DATE '{value}'"
    return literal(value) if isinstance(value, str) else str(value)
