"""Reading: the tables of one release of one tenant, and the DuckDB database whose views they are, which can do nothing
else.

A question is put in DuckDB's dialect, whichever engine answers it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from types import MappingProxyType, TracebackType
from typing import Any, Final, Protocol, Self

import duckdb
import pyarrow as pa

from tallystick.engine.dialect import Parameters
from tallystick.engine.results import python_rows
from tallystick.engine.rollups import Rollups

NO_PARAMETERS: Final[Parameters] = MappingProxyType({})


class Session(Protocol):
    """A release's tables: ``charges``, ``charge_sets``, ``ledger``, ``ledger_daily``, ``dimension_sets``.

    One thread at a time; the tables never change while the session lives. Every engine gives the same values: money as
    decimals of scale 18, days as dates, moments as datetimes.
    """

    @property
    def tenant(self) -> str:
        """Whose tables they are."""

    @property
    def release_id(self) -> int:
        """0 when nothing has been released yet."""

    def rows(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> list[tuple[Any, ...]]:
        """Every row of an answer. Parameters bind to ``$name``."""

    def arrow(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> pa.Table:
        """An answer as an Arrow table."""

    def rollup(self, sql: str, parameters: Parameters) -> str | None:
        """A table that holds the rows of an aggregate over the whole release, or None where none is kept."""

    def close(self) -> None:
        """Give back what the session holds."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Closing(ABC):
    """What is closed when the block ends that it was opened for."""

    @abstractmethod
    def close(self) -> None:
        """Give back what is held."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class DuckDbSession(Closing):
    """A cursor on views of DuckDB."""

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        *,
        tenant: str,
        release_id: int,
        prepare: Callable[[str], None] | None = None,
        rollups: Rollups | None = None,
    ) -> None:
        """``prepare`` is told every statement before it runs, to make the views that it reads."""
        self._cursor = cursor
        self._prepare = prepare
        self._rollups = rollups or Rollups()
        self.tenant = tenant
        self.release_id = release_id

    def rows(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> list[tuple[Any, ...]]:
        """Every row of an answer. Parameters bind to ``$name``."""
        return python_rows(self._run(sql, parameters))

    def arrow(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> pa.Table:
        """An answer as an Arrow table."""
        return self._run(sql, parameters).to_arrow_table()

    def rollup(self, sql: str, parameters: Parameters) -> str | None:
        """A table that holds the rows of an aggregate over the whole release, or None where it is not worth keeping."""
        if self._prepare is not None:
            self._prepare(sql)
        return self._rollups.table(self._cursor, sql, parameters)

    def _run(self, sql: str, parameters: Parameters) -> duckdb.DuckDBPyConnection:
        if self._prepare is not None:
            self._prepare(sql)
        return self._cursor.execute(sql, dict(parameters) or None)

    def close(self) -> None:
        """Give the cursor back."""
        self._cursor.close()


def lock(connection: duckdb.DuckDBPyConnection, folder: str) -> None:
    """Leave a database nothing but reading below one folder; there is no way back."""
    connection.execute(f"SET allowed_directories = ['{folder}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
