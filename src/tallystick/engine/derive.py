"""Computing one part of a derived table: a model over views of its inputs, written by DuckDB itself."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path

import duckdb

from tallystick.engine.duck import field_ids_clause, literal
from tallystick.engine.models import Model
from tallystick.lake.tables import FieldIds

ROW_GROUP_ROWS = 122_880


def write_part(connection: duckdb.DuckDBPyConnection, model: Model, ids: Mapping[str, FieldIds], target: Path) -> int:
    """Run a model and write its rows as one Parquet file with field ids. Gives the number of rows.

    The file appears under its name complete or not at all.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{uuid.uuid4().hex}.partial")
    columns = ", ".join(
        f"CAST({column.name} AS {column.type.value}) AS {column.name}" for column in model.table.columns
    )
    options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_ROWS}, {field_ids_clause(model.table, ids)}"
    try:
        result = connection.execute(
            f"COPY (SELECT {columns} FROM ({model.sql})) TO {literal(str(partial))} ({options})"
        ).fetchone()
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return int(result[0]) if result else 0
