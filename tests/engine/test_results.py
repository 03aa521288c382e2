"""Rows of DuckDB's answers are the same whichever way they take."""

from __future__ import annotations

import duckdb
import pytest

from tallystick.engine.results import python_rows

QUERIES = [
    "SELECT 1 AS a, 'x' AS b, DATE '1969-12-31' AS c, true AS d, 1::BIGINT AS e, CAST(2.5 AS DECIMAL(38, 18)) AS f",
    "SELECT * FROM (VALUES (CAST(0 AS DECIMAL(38, 18)), DATE '2026-01-02', 'Straße'), (NULL, NULL, NULL),"
    " (-0.000000000000000001, DATE '0001-01-01', ''), (9999999999999999999.999999999999999999, DATE '9999-12-31', ''))",
    "SELECT CAST(1.5 AS DECIMAL(9, 3)) AS a, CAST(7 AS DECIMAL(38, 0)) AS b WHERE false",
    "SELECT sum(a) AS a, list(a) AS b, list(b) AS c, MAP {'k': 1} AS d, TIMESTAMP '2026-01-02 03:04:05' AS e, NULL AS f"
    " FROM (VALUES (1, 1.50), (2, 2.50)) AS t(a, b)",
]


@pytest.mark.parametrize("sql", QUERIES)
def test_rows_are_those_of_duckdb(sql: str) -> None:
    with duckdb.connect() as connection:
        expected = connection.execute(sql).fetchall()
        found = python_rows(connection.execute(sql))
    assert found == expected
    assert repr(found) == repr(expected)
