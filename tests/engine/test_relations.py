"""Small relations, as DuckDB reads them."""

from __future__ import annotations

from datetime import date

import duckdb

from tallystick.engine.relations import relation_of
from tallystick.lake.schemas import ColumnType

COLUMNS = {"name": ColumnType.TEXT, "day": ColumnType.DATE, "number": ColumnType.INTEGER}


def test_rows_come_back_as_given() -> None:
    rows = [("O'Brien", date(2026, 8, 1), 1), ("", date(1969, 1, 1), -(2**40))]
    assert duckdb.sql(relation_of(COLUMNS, rows)).fetchall() == rows


def test_no_rows_have_columns_and_types() -> None:
    found = duckdb.sql(relation_of(COLUMNS, []))
    assert (found.columns, list(map(str, found.types))) == (list(COLUMNS), ["VARCHAR", "DATE", "BIGINT"])
    assert found.fetchall() == []
