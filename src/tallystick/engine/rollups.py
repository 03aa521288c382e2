"""Aggregates of a release, kept in the memory of its database: made by the first question that they can answer.

A release never changes, so neither does a rollup. When there is no more room, no more are made.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final

import duckdb

LARGEST: Final = 100_000
"""Rows of the largest rollup worth keeping: more are hardly less than the postings."""
_TOGETHER: Final = 1_000_000
"""Rows of all of them."""

_Key = tuple[str, tuple[tuple[str, object], ...]]


class Rollups:
    """The rollups of one database. Thread-safe; a rollup is made once, others wait for it."""

    def __init__(self) -> None:
        self._tables: dict[_Key, str | None] = {}
        self._room = _TOGETHER
        self._lock = threading.Lock()

    def table(self, cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object]) -> str | None:
        """The table that holds the rows of a SELECT; None when they are too many to be kept, or memory is short."""
        key = sql, tuple(parameters.items())
        with self._lock:
            if key not in self._tables:
                self._tables[key] = self._make(cursor, sql, parameters)
            return self._tables[key]

    def _make(self, cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object]) -> str | None:
        name, limit = f"rollup_{len(self._tables)}", min(LARGEST, self._room)
        try:
            cursor.execute(f"CREATE TABLE {name} AS SELECT * FROM ({sql}) LIMIT {limit + 1}", dict(parameters))
        except duckdb.OutOfMemoryException:
            return None
        ((rows,),) = cursor.execute(f"SELECT count(*) FROM {name}").fetchall()
        if rows > limit:
            cursor.execute(f"DROP TABLE {name}")
            return None
        self._room -= rows
        return name
