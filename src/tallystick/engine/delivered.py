"""Writing what is delivered: one scan of a file streams into a Parquet part per billing period, or of points per day.

Control totals are summed here, over the very batches that are written, by Arrow and not by the SQL that made them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tallystick.decimals import EXACT
from tallystick.engine.arrow import arrow_schema
from tallystick.lake.schemas import TableSchema
from tallystick.lake.tables import FieldIds

PROBLEMS = "_problems"
"""The column of a scan that says what was wrong with a row that was accepted; NULL where nothing was."""

BATCH_ROWS = 20_480
"""Rows that are in memory at once, and in a row group: several files are read at a time."""


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """The rows of one file in one period: what they add up to."""

    billing_period: date
    rows: int
    totals: Mapping[str, Decimal]
    problems: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every row of one delivered file has in common."""

    source_id: str
    file_id: str


@dataclass(slots=True)
class _Totals:
    sums: dict[str, Decimal]
    rows: int = 0
    problems: Counter[str] = field(default_factory=Counter)

    def add(self, batch: pa.RecordBatch, problems: pa.Array) -> None:
        self.rows += batch.num_rows
        for name in self.sums:
            total = pc.sum(batch.column(name)).as_py()
            if total is not None:
                self.sums[name] = EXACT.add(self.sums[name], total)
        if problems.null_count < len(problems):
            for entry in pc.value_counts(problems.drop_null()).to_pylist():
                self.problems.update(dict.fromkeys(entry["values"].split("; "), entry["counts"]))


class _PartWriter:
    """A part that is being written."""

    def __init__(self, target: Path, schema: pa.Schema, measures: Iterable[str]) -> None:
        self.totals = _Totals(dict.fromkeys(measures, Decimal(0)))
        self._writer = pq.ParquetWriter(target, schema, compression="zstd")

    def write(self, batch: pa.RecordBatch, problems: pa.Array) -> None:
        self.totals.add(batch, problems)
        self._writer.write_batch(batch, row_group_size=BATCH_ROWS)

    def finish(self, billing_period: date) -> WrittenPart:
        self._writer.close()
        totals = self.totals
        return WrittenPart(billing_period, totals.rows, totals.sums, dict(totals.problems))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()


def write_delivered(
    connection: duckdb.DuckDBPyConnection,
    table: TableSchema,
    ids: Mapping[str, FieldIds],
    scan_sql: str,
    *,
    stamp: Stamp,
    writing: Callable[[date], AbstractContextManager[Path]],
) -> list[WrittenPart]:
    """Run a scan and write one part per period that it meets, where ``writing`` says.

    ``scan_sql`` gives columns of the table in file order, those that it lacks being NULL, and ``_problems``.
    Raises duckdb.Error for a file that cannot be read to its end; then no part appears.
    """
    schema = arrow_schema(table, ids)
    reader = connection.execute(scan_sql).to_arrow_reader(BATCH_ROWS)
    row = 1
    with ExitStack() as stack:
        writers: dict[date, _PartWriter] = {}

        def write(scanned: pa.RecordBatch) -> int:
            batch = _stamped(scanned, schema, stamp, row)
            problems = scanned.column(PROBLEMS)
            for period, rows in _by_period(batch.column("billing_period")):
                if period not in writers:
                    target = stack.enter_context(writing(period))
                    writers[period] = stack.enter_context(_PartWriter(target, schema, table.measures))
                writers[period].write(
                    batch if rows is None else batch.filter(rows), problems if rows is None else problems.filter(rows)
                )
            return int(scanned.num_rows)

        for written in map(write, reader):  # a batch is gone before the next is read
            row += written
        return [writer.finish(period) for period, writer in sorted(writers.items())]


def _stamped(scanned: pa.RecordBatch, schema: pa.Schema, stamp: Stamp, first_row: int) -> pa.RecordBatch:
    rows = scanned.num_rows
    columns = dict(zip(scanned.schema.names, scanned.columns, strict=True)) | {
        "x_source_id": pa.repeat(stamp.source_id, rows),
        "x_file_id": pa.repeat(stamp.file_id, rows),
        "x_row_number": pa.array(np.arange(first_row, first_row + rows, dtype=np.int64)),
    }
    arrays = [
        columns[field.name].cast(field.type) if field.name in columns else pa.nulls(rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _by_period(periods: pa.Array) -> list[tuple[date, pa.Array | None]]:
    """The billing periods of a batch, each with the mask of its rows, or None for all of them."""
    distinct = pc.unique(periods).to_pylist()
    if len(distinct) == 1:
        return [(distinct[0], None)]
    return [(period, pc.equal(periods, pa.scalar(period, pa.date32()))) for period in distinct]
