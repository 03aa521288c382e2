"""The only place that knows that there are other dialects than DuckDB's."""

from __future__ import annotations

import sqlglot
from sqlglot import exp

_TIMES = exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ
_MICROSECONDS = 6
"""The precision of a time: DuckDB's when none is named, which in Trino would be milliseconds."""


def to_trino(sql: str) -> str:
    """A DuckDB statement in Trino's dialect, without its comments.

    Raises sqlglot.errors.UnsupportedError where Trino has no counterpart.
    """
    statement = sqlglot.parse_one(sql, read="duckdb").transform(_for_trino, copy=False)
    return statement.sql("trino", unsupported_level=sqlglot.ErrorLevel.RAISE, pretty=True, comments=False)


def _for_trino(node: exp.Expression) -> exp.Expression:
    """What sqlglot leaves to us."""
    if isinstance(node, exp.DataType) and node.is_type(*_TIMES) and not node.expressions:
        node.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(_MICROSECONDS))])
    if isinstance(node, exp.IgnoreNulls) and isinstance(node.this, exp.AnyValue):
        return node.this  # it ignores them without being told, and refuses to be
    return node
