"""DuckDB connections: how one is opened, and how a list of data files becomes a view.

A connection reads local files only. Columns are resolved by Iceberg field id, so files written before a rename or
before a column was added read as they should.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tallystick.lake.schemas import TableSchema
from tallystick.lake.tables import FieldIds


@dataclass(frozen=True, slots=True)
class Resources:
    """What a connection may use."""

    threads: int
    memory: str
    """DuckDB's words, e.g. ``900MB``."""
    spill: Path
    """Folder for what does not fit in memory."""


def connect(resources: Resources, *, keep_files: bool = False) -> duckdb.DuckDBPyConnection:
    """An empty in-memory database that keeps row order and spills to disk.

    ``keep_files``: what was read of files stays in memory, for the next question; what reads each once need not.
    """
    connection = duckdb.connect(
        config={
            "threads": resources.threads,
            "memory_limit": resources.memory,
            "temp_directory": str(resources.spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "enable_external_file_cache": keep_files,
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def relation(schema: TableSchema, ids: Mapping[str, FieldIds], paths: Sequence[str]) -> str:
    """The SELECT that reads a table from its data files; from none, an empty table."""
    if not paths:
        nulls = ", ".join(f"CAST(NULL AS {column.type.value}) AS {column.name}" for column in schema.columns)
        return f"SELECT {nulls} WHERE false"
    files = ", ".join(literal(path) for path in paths)
    columns = ", ".join(
        f"{ids[column.name].id}: {{name: '{column.name}', type: '{column.type.value}', default_value: NULL}}"
        for column in schema.columns
    )
    return f"SELECT * FROM read_parquet([{files}], schema = MAP {{{columns}}})"


def create_view(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    schema: TableSchema,
    ids: Mapping[str, FieldIds],
    paths: Sequence[str],
) -> None:
    """Show data files of a table under a name."""
    connection.execute(f"CREATE OR REPLACE VIEW {name} AS {relation(schema, ids, paths)}")


def create_relations(connection: duckdb.DuckDBPyConnection, relations: Mapping[str, str]) -> None:
    """Make small relations, SELECTs by name, tables: views would be planned and read wherever a model names them."""
    for name, select in relations.items():
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS {select}")


def field_ids_clause(schema: TableSchema, ids: Mapping[str, FieldIds]) -> str:
    """The FIELD_IDS option of COPY that gives every written column its Iceberg field id."""
    entries = []
    for column in schema.columns:
        field = ids[column.name]
        if field.key is None:
            entries.append(f"{column.name}: {field.id}")
        else:
            nested = f"{{__duckdb_field_id: {field.id}, key: {field.key}, value: {field.value}}}"
            entries.append(f"{column.name}: {nested}")
    return "FIELD_IDS {" + ", ".join(entries) + "}"
