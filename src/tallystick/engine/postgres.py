"""Reading from PostgreSQL: connections that are used again, and a session on one of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import psycopg
import pyarrow as pa
from psycopg.abc import Buffer
from psycopg.adapt import Loader

from tallystick.decimals import EXACT
from tallystick.engine.dialect import Parameters, translated
from tallystick.engine.results import arrow_table
from tallystick.engine.session import NO_PARAMETERS, Closing

Connection = psycopg.Connection[tuple[Any, ...]]

_KEPT: Final = 16
"""How many idle connections are kept for the next reader."""
_PLACES: Final = 18
_POINT: Final = -_PLACES - 1
_SCALE: Final = Decimal(1).scaleb(-_PLACES)


class _Money(Loader):
    """Every number with decimals is money or a quantity, and has 18 of them, as with the other engines."""

    def load(self, data: Buffer) -> Decimal:
        text = bytes(data).decode()
        number = Decimal(text)
        return number if text[_POINT:-_PLACES] == "." else number.quantize(_SCALE, context=EXACT)


class Connections:
    """Connections to one database, in autocommit. Thread-safe."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._idle: list[Connection] = []
        self._lock = threading.Lock()

    def take(self) -> Connection:
        """A connection that nobody else uses: the one used last, or a new one. Raises psycopg.OperationalError."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self.new()

    def new(self) -> Connection:
        """A connection of one's own, to be closed by the caller."""
        connection = psycopg.connect(
            self._address, autocommit=True, prepare_threshold=None, application_name="tally reports", connect_timeout=10
        )
        connection.adapters.register_loader("numeric", _Money)
        return connection

    def give(self, connection: Connection) -> None:
        """Give a connection back, outside any transaction."""
        with self._lock:
            if not connection.closed and len(self._idle) < _KEPT:
                self._idle.append(connection)
                return
        connection.close()


class PostgresSession(Closing):
    """A session on a transaction that sees one moment of a schema. ``close`` gives the connection to ``give_back``."""

    def __init__(
        self, connection: Connection, *, tenant: str, release_id: int, give_back: Callable[[Connection], None]
    ) -> None:
        self._connection = connection
        self._give_back = give_back
        self.tenant = tenant
        self.release_id = release_id

    def rows(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> list[tuple[Any, ...]]:
        """Every row of an answer. Parameters bind to ``$name``."""
        with self._run(sql, parameters) as cursor:
            return cursor.fetchall()

    def arrow(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> pa.Table:
        """An answer as an Arrow table."""
        with self._run(sql, parameters) as cursor:
            columns = [(column.name, _ARROW_TYPES[column.type_code]) for column in cursor.description or ()]
            return arrow_table(columns, cursor.fetchall())

    def _run(self, sql: str, parameters: Parameters) -> psycopg.RawCursor[tuple[Any, ...]]:
        statement = translated(sql, "postgres")
        cursor = psycopg.RawCursor(self._connection)
        return cursor.execute(statement.sql.encode(), statement.values(parameters))

    def close(self) -> None:
        """End the transaction and give the connection back."""
        if not self._connection.closed:
            try:
                self._connection.execute("ROLLBACK")
            except psycopg.OperationalError:
                self._connection.close()
        self._give_back(self._connection)


def _oid(name: str) -> int:
    return psycopg.adapters.types[name].oid


_ARROW_TYPES: Final = {
    _oid("bool"): pa.bool_(),
    _oid("int4"): pa.int32(),
    _oid("int8"): pa.int64(),
    _oid("float8"): pa.float64(),
    _oid("numeric"): pa.decimal128(38, 18),
    _oid("text"): pa.string(),
    _oid("date"): pa.date32(),
    _oid("timestamp"): pa.timestamp("us"),
}
