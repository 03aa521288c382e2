"""The settings database of a home: one SQLite file, opened by any number of threads and processes at once.

A reader sees one moment of it; a writer takes the write lock when it begins, so that what it read is still true when
it commits. Opening brings an older database to the current schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from tallystick.settings.filesystems import refuse_network_home
from tallystick.settings.migrations import migrate

FILE_NAME = "settings.db"
_PRAGMAS = "busy_timeout = 60000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"
_WRITES = "tally_writes"


class Database:
    """The settings database. Thread-safe; a session belongs to one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(**{_WRITES: True})

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one moment and cannot write. Its objects stay readable after it is closed."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that holds the write lock from its start: commits at the end, rolls back on an exception."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            session.connection()
            yield session

    def close(self) -> None:
        """Closes the pooled connections."""
        self._engine.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_database(home: Path) -> Database:
    """The settings database of ``home``, which is made if it does not exist.

    Raises ConfigError for a home on a network file system, or one that a newer Tallystick has written.
    """
    refuse_network_home(home)
    home.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{home / FILE_NAME}", pool_size=8, max_overflow=56)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    database = Database(engine)
    migrate(database.read, database.write)
    return database


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Sets up a new connection; transactions are begun by us, not by the driver."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
