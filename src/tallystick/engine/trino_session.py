"""Reading a release by way of Trino: every question is one query over the snapshots of the release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from tallystick.engine.dialect import Parameters, translated
from tallystick.engine.results import arrow_table
from tallystick.engine.session import NO_PARAMETERS, Closing
from tallystick.engine.trino import TrinoEngine, explained

_ARROW_TYPES: Final = {
    "boolean": pa.bool_(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "date": pa.date32(),
    "decimal": pa.decimal128(38, 18),
    "timestamp": pa.timestamp("us"),
    "varchar": pa.string(),
}


class TrinoSession(Closing):
    """A connection to Trino, and the snapshot of every table that it reads."""

    def __init__(
        self, engine: TrinoEngine, *, tenant: str, release_id: int, snapshots: Mapping[str, int | None]
    ) -> None:
        """``snapshots``: table name to the snapshot to read; None stands for no rows."""
        self._engine = engine
        self._connection = engine.connect(("reports", tenant), retry_policy="NONE")
        self._snapshots = snapshots
        self.tenant = tenant
        self.release_id = release_id

    def rows(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> list[tuple[Any, ...]]:
        """Every row of an answer. Parameters bind to ``$name``. Raises UnavailableError."""
        return self._run(sql, parameters)[1]

    def arrow(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> pa.Table:
        """An answer as an Arrow table. Raises UnavailableError."""
        columns, rows = self._run(sql, parameters)
        return arrow_table([(name, _ARROW_TYPES[kind.partition("(")[0]]) for name, kind in columns], rows)

    def rollup(self, sql: str, parameters: Parameters) -> str | None:  # noqa: ARG002
        """None: nothing is kept between questions."""
        return None

    def _run(self, sql: str, parameters: Parameters) -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
        statement = translated(sql, "trino")
        views = ", ".join(f"{name} AS ({self._relation(name)})" for name in sorted(statement.tables))
        text = statement.sql
        if views:
            text = f"WITH {views}, {text[5:]}" if text.startswith("WITH ") else f"WITH {views} {text}"
        with explained(self._engine.host):
            cursor = self._connection.cursor()
            cursor.execute(text, statement.values(parameters) or None)
            rows = [tuple(row) for row in cursor.fetchall()]
            return [(column[0], column[1]) for column in cursor.description or ()], rows

    def _relation(self, table: str) -> str:
        """A table as the release saw it."""
        name = ".".join(f'"{part}"' for part in (self._engine.catalog, self.tenant, table))
        snapshot = self._snapshots.get(table)
        return f"SELECT * FROM {name} " + ("WHERE false" if snapshot is None else f"FOR VERSION AS OF {snapshot}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
