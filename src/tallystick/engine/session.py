"""Reading: the tables of one release of one tenant, as views of a DuckDB database that can do nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa

Parameters = Sequence[object] | Mapping[str, object]


class Session:
    """A cursor on a release's views: ``charges``, ``charge_sets``, ``ledger``, ``ledger_daily``, ``dimension_sets``.

    One thread at a time; the views never change while the session lives.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection, *, tenant: str, release_id: int) -> None:
        self._cursor = cursor
        self.tenant = tenant
        self.release_id = release_id
        """0 when nothing has been released yet."""

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Every row of an answer. Parameters bind to ``?`` or ``$name``."""
        return self._run(sql, parameters).fetchall()

    def arrow(self, sql: str, parameters: Parameters = ()) -> pa.Table:
        """An answer as an Arrow table."""
        return self._run(sql, parameters).to_arrow_table()

    def _run(self, sql: str, parameters: Parameters) -> duckdb.DuckDBPyConnection:
        bound = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
        return self._cursor.execute(sql, bound or None)

    def close(self) -> None:
        """Give the cursor back."""
        self._cursor.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def lock(connection: duckdb.DuckDBPyConnection, folder: str) -> None:
    """Leave a database nothing but reading below one folder; there is no way back."""
    connection.execute(f"SET allowed_directories = ['{folder}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
