"""Small relations, as DuckDB reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import duckdb

from tallystick.engine.relations import relation_of
from tallystick.lake.schemas import ColumnType

COLUMNS = {"name": ColumnType.TEXT, "day": ColumnType.DATE, "number": ColumnType.INTEGER}
MORE = {"amount": ColumnType.DECIMAL, "moment": ColumnType.TIMESTAMP}


def test_rows_come_back_as_given() -> None:
    rows = [("O'Brien", date(2026, 8, 1), 1), ("", date(1969, 1, 1), -(2**40)), ("\x1f\x1e=\n", None, 0)]
    assert duckdb.sql(relation_of(COLUMNS, rows)).fetchall() == rows


def test_decimals_keep_their_digits_and_moments_are_in_utc() -> None:
    west = timezone(timedelta(hours=-2))
    rows = [
        (Decimal("99999999999999999999.999999999999999999"), datetime(2026, 8, 1, 23, 59, 59, 999999, west)),
        (Decimal("-1E-18"), None),
        (None, datetime(1, 1, 1, tzinfo=UTC)),
    ]
    assert duckdb.sql(relation_of(MORE, rows)).fetchall() == [
        (rows[0][0], datetime.fromisoformat("2026-08-02 01:59:59.999999")),
        (Decimal("-1E-18"), None),
        (None, datetime.fromisoformat("0001-01-01")),
    ]


def test_no_rows_have_columns_and_types() -> None:
    found = duckdb.sql(relation_of(COLUMNS, []))
    assert (found.columns, list(map(str, found.types))) == (list(COLUMNS), ["VARCHAR", "DATE", "BIGINT"])
    assert found.fetchall() == []
