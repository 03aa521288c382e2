"""A session over given rows, for tests of what reads sessions."""

from __future__ import annotations

import duckdb

from tallystick.engine.session import DuckDbSession
from tallystick.lake.schemas import TABLES, TableSchema


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
        marks = ", ".join("?" for _ in schema.columns)
        values = [[row.get(name) for name in schema.names()] for row in rows]
        connection.executemany(f"INSERT INTO {schema.name} VALUES ({marks})", values)
