"""Computing one part of a derived table: a model over views of its inputs, written as one Parquet file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tallystick.engine.arrow import arrow_schema
from tallystick.engine.duck import field_ids_clause, literal
from tallystick.engine.models import Model
from tallystick.engine.slices import SLICE_ROWS, Slicing, slices
from tallystick.lake.tables import FieldIds

ROW_GROUP_ROWS = 122_880


def write_part(connection: duckdb.DuckDBPyConnection, model: Model, ids: Mapping[str, FieldIds], target: Path) -> int:
    """Run a model and write its rows. Gives their number."""
    columns = ", ".join(
        f"CAST({column.name} AS {column.type.value}) AS {column.name}" for column in model.table.columns
    )
    select = f"SELECT {columns} FROM ({model.sql})"
    if model.slicing is None:
        options = f"ROW_GROUP_SIZE {ROW_GROUP_ROWS}, {field_ids_clause(model.table, ids)}"
        return _write_whole(connection, select, options, target)
    return _write_sliced(connection, select, model.slicing, arrow_schema(model.table, ids), target)


def _write_whole(connection: duckdb.DuckDBPyConnection, select: str, options: str, target: Path) -> int:
    """DuckDB computes and writes at once."""
    result = connection.execute(
        f"COPY ({select}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd, {options})"
    ).fetchone()
    return int(result[0]) if result else 0


def _write_sliced(
    connection: duckdb.DuckDBPyConnection, select: str, slicing: Slicing, schema: pa.Schema, target: Path
) -> int:
    """Slice after slice is computed, and appended."""
    rows = 0
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for given in slices(connection, slicing):
            statement = f"WITH {slicing.view} AS ({given}) {select}"
            for batch in connection.execute(statement).to_arrow_reader(SLICE_ROWS):
                writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
                rows += batch.num_rows
    return rows
