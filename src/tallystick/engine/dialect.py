"""The only place that knows that there are other dialects than DuckDB's."""

from __future__ import annotations

import sqlglot


def to_trino(sql: str) -> str:
    """A DuckDB statement in Trino's dialect.

    Raises sqlglot.errors.UnsupportedError where Trino has no counterpart.
    """
    (translated,) = sqlglot.transpile(
        sql, read="duckdb", write="trino", unsupported_level=sqlglot.ErrorLevel.RAISE, pretty=True
    )
    return translated
