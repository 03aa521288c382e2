"""The settings database in a home: one SQLite file, opened by any number of threads and processes at once.

SQLite has one write lock, so writers of different tenants wait for each other too.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from tallystick.settings.filesystems import refuse_network_home
from tallystick.settings.transactions import WRITES, Engines, writes

FILE_NAME = "settings.db"
_PRAGMAS = "busy_timeout = 60000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"


def engines(home: Path) -> Engines:
    """Engines over the file in ``home``, a folder that is made if it does not exist.

    Raises ConfigError for a home on a network file system.
    """
    refuse_network_home(home)
    home.mkdir(parents=True, exist_ok=True)
    path = home / FILE_NAME
    engine = create_engine(f"sqlite:///{path}", pool_size=8, max_overflow=56)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return Engines(engine, engine.execution_options(**{WRITES: True}), f"the settings database {path}")


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Sets up a new connection; transactions are begun by us, not by the driver."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    may_write = writes(connection)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if may_write else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if may_write else "BEGIN")
