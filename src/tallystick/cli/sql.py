"""``tally sql``: one reading statement, run where only the tenant's files can be read; its answer in five formats."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import simplejson

from tallystick.cli.options import SqlFormat
from tallystick.engine.session import Session
from tallystick.errors import TallyError
from tallystick.lake.schemas import TABLES

_EXPLAIN = re.compile(r"\s*EXPLAIN\s+(ANALYZE\s+)?", re.IGNORECASE)
_BINARY = frozenset({SqlFormat.PARQUET, SqlFormat.ARROW})


def check_query(query: str) -> None:
    """Raises TallyError unless the text is one statement, in DuckDB's SQL, that only reads."""
    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        raise TallyError(f"that is not SQL as DuckDB understands it: {error}") from error
    if len(statements) != 1:
        raise TallyError(f"one statement at a time, please; this is {len(statements)}")
    kind = statements[0].type
    if kind == duckdb.StatementType.EXPLAIN and (prefix := _EXPLAIN.match(query)):
        check_query(query[prefix.end() :])
    elif kind != duckdb.StatementType.SELECT:
        raise TallyError(f"tally sql only reads: {kind.name} is refused. What changes the ledger is tally ingest")


def run_query(session: Session, query: str) -> pa.Table:
    """The answer. Raises TallyError with DuckDB's own words about what is wrong."""
    try:
        return session.arrow(query)
    except duckdb.CatalogException as error:
        raise TallyError(f"{error}\n\nThe tables are {', '.join(schema.name for schema in TABLES)}") from error
    except duckdb.Error as error:
        raise TallyError(str(error)) from error


def write_answer(answer: pa.Table, format: SqlFormat, output: Path | None) -> None:
    """Write to a file, or to standard output. Raises TallyError for a binary format on a terminal."""
    if output is None and format in _BINARY and sys.stdout.isatty():
        raise TallyError(f"{format} is not for terminals: add --output FILE, or a pipe")
    if output is None and format is SqlFormat.TABLE:
        _print_answer(answer)
        return
    with _target(output) as stream:
        _write(answer, format, stream)


@contextmanager
def _target(output: Path | None) -> Iterator[IO[bytes]]:
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with output.open("wb") as stream:
            yield stream
    except OSError as error:
        raise TallyError(f"{output}: cannot be written: {error.strerror}") from error


def _print_answer(answer: pa.Table) -> None:
    from tallystick.cli.output import print_table

    rows = [[value if type(value) in (Decimal, int) else _text(value) for value in row] for row in _rows(answer)]
    print_table(answer.column_names, rows, empty="no rows")


def _write(answer: pa.Table, format: SqlFormat, stream: IO[bytes]) -> None:
    if format is SqlFormat.PARQUET:
        pq.write_table(answer, stream, compression="zstd")
    elif format is SqlFormat.ARROW:
        with pa.ipc.new_stream(pa.PythonFile(cast("io.IOBase", stream), mode="w"), answer.schema) as writer:
            writer.write_table(answer)
    elif format is SqlFormat.JSON:
        rows = (dict(zip(answer.column_names, map(_json_value, row), strict=True)) for row in _rows(answer))
        stream.write(b"[")
        for number, row in enumerate(rows):
            text = simplejson.dumps(row, use_decimal=True, ensure_ascii=False)
            stream.write(f"{',' if number else ''}\n{text}".encode())
        stream.write(b"\n]\n")
    else:
        _write_csv(answer, stream)


def _write_csv(answer: pa.Table, stream: IO[bytes]) -> None:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answer.column_names)
    writer.writerows([_text(value) for value in row] for row in _rows(answer))
    text.detach()


def _rows(answer: pa.Table) -> Iterator[tuple[object, ...]]:
    for batch in answer.to_batches(max_chunksize=10_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _json_value(value: object) -> object:
    """What JSON has no word for, as text; a decimal stays a number with its exact digits, never an exponent."""
    if isinstance(value, Decimal):
        return simplejson.RawJSON(plain(value))
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return _pairs_or_list(value)
    if value is None or isinstance(value, bool | int | float | str | dict):
        return value
    return str(value)


def _pairs_or_list(value: list[object]) -> object:
    """Arrow gives a map as a list of pairs."""
    pairs = [entry for entry in value if isinstance(entry, tuple)]
    if pairs:
        return {str(key): _json_value(item) for key, item in pairs}
    return [_json_value(item) for item in value]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | dict):
        return simplejson.dumps(_json_value(value), use_decimal=True, ensure_ascii=False, default=str)
    return str(value)


def plain(value: Decimal) -> str:
    """The exact digits, without an exponent and without zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
