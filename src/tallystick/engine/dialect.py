"""The only place that knows that there are other dialects than DuckDB's.

sqlglot knows most of what differs between them; what it does not know stands here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, cast

import sqlglot
from sqlglot import exp

Engine = Literal["postgres", "trino"]
Parameters = Mapping[str, object]
"""The values of a statement's parameters, by name."""

_TIMES: Final = exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ
_MICROSECONDS: Final = 6
"""The precision of a time: DuckDB's when none is named, which in Trino would be milliseconds."""

_MARK: Final = "tally_parameter_"
_NAMED: Final = re.compile(rf"(?::|%\(){_MARK}(\w+)(?:\)s)?")
"""A parameter as sqlglot writes it, for Trino or PostgreSQL."""
LOWERING: Final = "lowering"
"""The collation by whose rules PostgreSQL makes letters small, character by character as the other engines do. Tables
have the collation "C", by whose rules only the letters of ASCII have a small form."""


@dataclass(frozen=True, slots=True)
class Translated:
    """A statement for an engine. Its marks for parameters are ``$1``, ``$2`` ... on PostgreSQL, ``?`` on Trino."""

    sql: str
    marks: tuple[str, ...]
    """The name of the parameter behind each mark."""
    tables: frozenset[str]
    """The tables that are read."""

    def values(self, parameters: Parameters) -> list[object]:
        """What to bind, mark by mark."""
        return [parameters[mark] for mark in self.marks]


def to_trino(sql: str) -> str:
    """A DuckDB statement without parameters in Trino's dialect, without its comments.

    Raises sqlglot.errors.UnsupportedError where Trino has no counterpart.
    """
    return _written(_parsed(sql).transform(_for_trino, copy=False), "trino", pretty=True)


@lru_cache(maxsize=1024)
def translated(sql: str, engine: Engine) -> Translated:
    """A DuckDB query for another engine. Remembered, as parsing takes milliseconds.

    Raises sqlglot.errors.UnsupportedError where the engine has no counterpart.
    """
    tree = _parsed(sql)
    tables = _tables(tree)
    for place in list(tree.find_all(exp.Placeholder)):
        place.replace(exp.Placeholder(this=f"{_MARK}{place.name}"))
    if engine == "trino":
        text = _written(tree.transform(_for_trino, copy=False), engine)
        return Translated(_NAMED.sub("?", text), tuple(_NAMED.findall(text)), tables)
    text = _written(tree.transform(_for_postgres, copy=False), engine)
    names = tuple(dict.fromkeys(_NAMED.findall(text)))
    return Translated(_NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", text), names, tables)


def _parsed(sql: str) -> exp.Expression:
    return cast("exp.Expression", sqlglot.parse_one(sql, read="duckdb"))


def _written(tree: exp.Expression, engine: Engine, *, pretty: bool = False) -> str:
    return str(tree.sql(engine, unsupported_level=sqlglot.ErrorLevel.RAISE, pretty=pretty, comments=False))


def _tables(tree: exp.Expression) -> frozenset[str]:
    own = {common.alias_or_name for common in tree.find_all(exp.CTE)}
    return frozenset(table.name for table in tree.find_all(exp.Table)) - own


def order_of(sql: str) -> list[str]:
    """The columns by which a SELECT orders its rows, which an engine forgets that inserts them into a table."""
    order = sqlglot.parse_one(sql, read="duckdb").args.get("order")
    return [ordered.this.name for ordered in order.expressions] if order else []


def _for_trino(node: exp.Expression) -> exp.Expression:
    """What sqlglot leaves to us."""
    if isinstance(node, exp.DataType) and node.is_type(*_TIMES) and not node.expressions:
        node.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(_MICROSECONDS))])
    if isinstance(node, exp.IgnoreNulls) and isinstance(node.this, exp.AnyValue):
        return node.this  # it ignores them without being told, and refuses to be
    if isinstance(node, exp.CTE):
        node.set("materialized", None)  # it never keeps one
    if isinstance(node, exp.Anonymous) and node.name.upper() == "MAP_EXTRACT_VALUE":
        return exp.Anonymous(this="ELEMENT_AT", expressions=node.expressions)
    if isinstance(node, exp.Anonymous) and node.name.upper() == "LIST_REDUCE":
        given, combine, initial = node.expressions
        finish = exp.Lambda(this=exp.column("reduced"), expressions=[exp.to_identifier("reduced")])
        return exp.Anonymous(this="REDUCE", expressions=[given, initial, combine, finish])
    return node


def _for_postgres(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Lower):
        return exp.Lower(this=exp.Collate(this=exp.paren(node.this), expression=exp.to_identifier(LOWERING)))
    if isinstance(node, exp.NullSafeEQ):
        # An equality of arrays can be joined by hash, IS NOT DISTINCT FROM compares every row with every other.
        return exp.EQ(this=exp.array(node.left, dialect="postgres"), expression=exp.array(node.right))
    return node
