"""A session over given rows, for tests of what reads sessions."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import duckdb
import pyarrow as pa

from tallystick.engine.arrow import ARROW_TYPES
from tallystick.engine.session import DuckDbSession
from tallystick.lake.schemas import TABLES, Column, ColumnType, TableSchema


def memory_session(**tables: list[dict[str, object]]) -> DuckDbSession:
    """The views of a release, over rows given by table name; columns that a row lacks are NULL."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    for schema in TABLES:
        _create(connection, schema, tables.get(schema.name, []))
    return DuckDbSession(connection, tenant="default", release_id=1)


def _create(connection: duckdb.DuckDBPyConnection, schema: TableSchema, rows: list[dict[str, object]]) -> None:
    columns = ", ".join(f"{column.name} {column.type.value}" for column in schema.columns)
    connection.execute(f"CREATE TABLE {schema.name} ({columns})")
    unknown = {name for row in rows for name in row} - set(schema.names())
    if unknown:
        raise ValueError(f"table {schema.name} has no column {', '.join(sorted(unknown))}")
    if rows:
        given = pa.table({column.name: _values(column, rows) for column in schema.columns})
        connection.register("given", given)
        connection.execute(f"INSERT INTO {schema.name} SELECT * FROM given")
        connection.unregister("given")


def _values(column: Column, rows: Iterable[dict[str, object]]) -> pa.Array:
    values = [row.get(column.name) for row in rows]
    if column.type is ColumnType.TEXT_MAP:
        pairs = [list(value.items()) if isinstance(value, dict) else value for value in values]
        return pa.array(pairs, pa.map_(pa.string(), pa.string()))
    if column.type is ColumnType.DECIMAL:
        values = [None if value is None else Decimal(str(value)) for value in values]
    if column.type is ColumnType.TIMESTAMP:
        return pa.array(values).cast(ARROW_TYPES[column.type])
    return pa.array(values, ARROW_TYPES[column.type])
