"""Answers of engines: rows as Arrow tables, and DuckDB's answers as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import duckdb
import pyarrow as pa

_ALIKE: Final = ("VARCHAR", "BIGINT", "INTEGER", "BOOLEAN", "DATE", "DECIMAL")
"""Types whose values are the same whether Arrow or DuckDB hands them over."""
_EPOCH: Final = date(1970, 1, 1).toordinal()


def arrow_table(columns: Sequence[tuple[str, pa.DataType]], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Rows under their columns' names and types."""
    values = zip(*rows, strict=True) if rows else [()] * len(columns)
    arrays = [pa.array(column, kind) for column, (_, kind) in zip(values, columns, strict=True)]
    return pa.table(arrays, schema=pa.schema(columns))


def python_rows(answer: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Every row of an answer of DuckDB, by way of Arrow where its types allow: decimals take a quarter of the time."""
    if not all(str(kind).startswith(_ALIKE) and not str(kind).endswith("]") for _, kind, *_ in answer.description):
        return answer.fetchall()
    return list(zip(*map(_values, answer.to_arrow_table().columns), strict=True))


def _values(column: pa.ChunkedArray) -> list[Any]:
    if pa.types.is_decimal(column.type):
        return [text and Decimal(text) for text in column.cast(pa.string()).to_pylist()]
    if pa.types.is_date32(column.type):
        days = column.cast(pa.int32()).to_pylist()
        dates = {day: None if day is None else date.fromordinal(_EPOCH + day) for day in set(days)}
        return [dates[day] for day in days]
    values: list[Any] = column.to_pylist()
    return values
