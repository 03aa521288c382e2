"""A session on a release that the report store shows: its daily rows are read there, everything else by DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import psycopg
import pyarrow as pa
import structlog

from tallystick.engine.dialect import Parameters, translated
from tallystick.engine.publication import PUBLISHED
from tallystick.engine.report_store import MovedError, StoreSession
from tallystick.engine.session import NO_PARAMETERS, Closing, Session
from tallystick.engine.stored_rollups import PREFIX
from tallystick.errors import UnavailableError

_TABLES = frozenset(schema.name for schema in PUBLISHED)


class PublishedSession(Closing):
    """Both hold the same release, so a question may go to either; the store going away costs only time."""

    def __init__(self, store: StoreSession, open_other: Callable[[], Session]) -> None:
        """``open_other`` opens a session on the same release that has every table; only when it is needed."""
        self._store: StoreSession | None = store
        self._open_other = open_other
        self._other: Session | None = None
        self._stack = ExitStack()
        self._stack.enter_context(store)
        self.tenant = store.tenant
        self.release_id = store.release_id

    def rows(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> list[tuple[Any, ...]]:
        """Every row of an answer. Parameters bind to ``$name``."""
        tables = translated(sql, "postgres").tables
        if self._store is not None and all(map(_stored, tables)):
            try:
                return self._store.rows(sql, parameters)
            except psycopg.OperationalError as error:
                self._leave(str(error))
                if not tables <= _TABLES:  # a rollup, which only the store has
                    raise UnavailableError("the report store failed; ask again") from error
        return self._all.rows(sql, parameters)

    def arrow(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> pa.Table:
        """An answer as an Arrow table. SQL that people wrote is DuckDB's, and goes there as it is."""
        return self._all.arrow(sql, parameters)

    def rollup(self, sql: str, parameters: Parameters) -> str | None:
        """A table that holds the rows of an aggregate over the whole release, or None where it is not worth keeping."""
        if self._store is not None:
            try:
                return self._store.rollup(sql, parameters)
            except psycopg.OperationalError as error:
                self._leave(str(error))
            except MovedError:
                self._store = None
        return self._all.rollup(sql, parameters)

    def _leave(self, reason: str) -> None:
        """Go on without the store."""
        structlog.get_logger("tallystick.reports").warning("the report store failed", reason=reason)
        self._store = None

    @property
    def _all(self) -> Session:
        """The session that has every table."""
        if self._other is None:
            self._other = self._stack.enter_context(self._open_other())
        return self._other

    def close(self) -> None:
        """Give back what the session holds."""
        self._stack.close()


def _stored(table: str) -> bool:
    return table in _TABLES or table.startswith(PREFIX)
