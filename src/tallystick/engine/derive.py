"""Computing one part of a derived table: a model over views of its inputs, written by DuckDB itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from tallystick.engine.duck import field_ids_clause, literal
from tallystick.engine.models import Model
from tallystick.lake.tables import FieldIds

ROW_GROUP_ROWS = 122_880


def write_part(connection: duckdb.DuckDBPyConnection, model: Model, ids: Mapping[str, FieldIds], target: Path) -> int:
    """Run a model and write its rows as one Parquet file with field ids. Gives the number of rows."""
    columns = ", ".join(
        f"CAST({column.name} AS {column.type.value}) AS {column.name}" for column in model.table.columns
    )
    options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_ROWS}, {field_ids_clause(model.table, ids)}"
    result = connection.execute(
        f"COPY (SELECT {columns} FROM ({model.sql})) TO {literal(str(target))} ({options})"
    ).fetchone()
    return int(result[0]) if result else 0
