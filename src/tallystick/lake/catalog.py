"""The Iceberg catalogue: two tables in SQLite or PostgreSQL, which other engines read as a JDBC catalogue."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from pyiceberg.catalog.sql import SqlCatalog
from sqlalchemy import NullPool, create_engine, text

NAME = "tally"
"""The catalogue's name, which stands in every row of its tables."""
_LOCK_ID = 0x7461_6C6C_7963_6174
"""The advisory lock of PostgreSQL under which tables are made."""

Alone = Callable[[], AbstractContextManager[None]]
"""Only one process at a time: the catalogue's "create if it does not exist" is two steps."""


def open_catalog(uri: str, warehouse: str, io_properties: Mapping[str, str]) -> SqlCatalog:
    """The catalogue of a warehouse, its tables made if need be. Call it alone."""
    return SqlCatalog(NAME, uri=uri, warehouse=warehouse, pool_pre_ping="true", **io_properties)


def postgresql_uri(database: str) -> str:
    """A ``postgresql://`` address for SQLAlchemy with psycopg 3."""
    return f"postgresql+psycopg://{database.partition('://')[2]}"


def alone_in_folder(folder: Path) -> Alone:
    """Of the processes of one machine."""

    @contextmanager
    def alone() -> Iterator[None]:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "catalog.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    return alone


def alone_in_postgresql(database: str) -> Alone:
    """Of all processes that use a database."""

    @contextmanager
    def alone() -> Iterator[None]:
        engine = create_engine(postgresql_uri(database), poolclass=NullPool)
        with engine.connect() as connection, connection.begin():
            connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _LOCK_ID})
            yield

    return alone
