"""DuckDB's words for a broken file, made ours: file, row, column, reason."""

from __future__ import annotations

import re

import duckdb

from tallystick.errors import Place, RefusedError
from tallystick.sources.cells import REFUSAL
from tallystick.sources.delivery import Scan

_LINE = re.compile(r"CSV Error on Line: (\d+)")
_COUNT = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_CASES = (
    ("unterminated quote", "a quoted cell is not closed, or text follows the closing quote"),
    ("Invalid unicode", "the text is not UTF-8"),
    ("Maximum line size", "the record is longer than the limit"),
    ("invalid state", "the file is not valid CSV: its line ends are mixed, or quotes stand where none may be"),
    ("Map keys must be unique", "a tag key occurs twice in one cell"),
    ("TProtocolException", "damaged Parquet file"),
    ("Snappy decompression", "damaged Parquet file"),
    ("ZSTD Decompression", "damaged Parquet file"),
    ("No magic bytes", "the Parquet file is cut off"),
)


def refusal(name: str, error: duckdb.Error, scan: Scan | None = None) -> RefusedError:
    """What was wrong with the file, where. The row of a bad cell is looked up when the scan is given."""
    text = str(error)
    own = text.find(REFUSAL)
    if own >= 0:
        return _bad_cell(name, text[own:], scan)
    row = int(line.group(1)) - 1 if (line := _LINE.search(text)) else None
    if counts := _COUNT.search(text):
        expected, found = int(counts[1]), int(counts[2])
        # DuckDB stops counting at the first cell too many.
        has = "more" if found > expected else f"{found}"
        return RefusedError(Place(name, row), f"the row has {has} cells; the header has {expected}")
    for pattern, reason in _CASES:
        if pattern in text:
            return RefusedError(Place(name, row), reason)
    return RefusedError(Place(name, row), text.splitlines()[0])


def _bad_cell(name: str, text: str, scan: Scan | None) -> RefusedError:
    _, reason, column, value = text.split("\n", 1)[0].split("\x1f", 3)
    row = _find_row(scan, column, value) if scan else None
    shown = f"{value[:80]!r}" if value else "an empty cell"
    return RefusedError(Place(name, row, column), f"{reason}, found {shown}")


def _find_row(scan: Scan, column: str, value: str) -> int | None:
    """The first data record whose cell has this text; the file is read once more for it."""
    cell = f"c{scan.columns.index(column)}"
    numbered = f"SELECT row_number() OVER () AS row, coalesce(CAST({cell} AS VARCHAR), '') AS value FROM {scan.cells}"
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT min(row) FROM ({numbered}) WHERE value = $1", [value]).fetchone()
    return int(found[0]) if found and found[0] is not None else None
