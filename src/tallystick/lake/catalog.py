"""The Iceberg catalogue: two tables in SQLite or PostgreSQL, which other engines read as a JDBC catalogue."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.table.update import TableRequirement, TableUpdate
from pyiceberg.typedef import Identifier
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from tallystick.errors import UnavailableError

NAME = "tally"
"""The catalogue's name, which stands in every row of its tables."""
_LOCK_ID = 0x7461_6C6C_7963_6174
"""The advisory lock of PostgreSQL under which tables are made."""

Alone = Callable[[], AbstractContextManager[None]]
"""Only one process at a time: the catalogue's "create if it does not exist" is two steps."""


class Catalog(SqlCatalog):
    """The catalogue, whose database may not answer: then what fails is an UnavailableError."""

    def load_table(self, identifier: str | Identifier) -> Table:
        """Open a table. Raises NoSuchTableError."""
        with _explained():
            return super().load_table(identifier)

    def commit_table(
        self, table: Table, requirements: tuple[TableRequirement, ...], updates: tuple[TableUpdate, ...]
    ) -> CommitTableResponse:
        """Commit. Raises CommitFailedException when the table has moved."""
        with _explained():
            return super().commit_table(table, requirements, updates)


def open_catalog(uri: str, warehouse: str, io_properties: Mapping[str, str]) -> Catalog:
    """The catalogue of a warehouse, its tables made if need be. Call it alone."""
    return Catalog(NAME, uri=uri, warehouse=warehouse, pool_pre_ping="true", **io_properties)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (OperationalError, PoolTimeoutError) as error:
        reason = " ".join(str(getattr(error, "orig", error)).split())
        raise UnavailableError(f"the catalogue of tables cannot be used now: {reason}") from error


def alone_in_folder(folder: Path) -> Alone:
    """Of the processes of one machine."""

    @contextmanager
    def alone() -> Iterator[None]:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "catalog.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    return alone


def alone_in_postgresql(uri: str) -> Alone:
    """Of all processes that use a database."""

    @contextmanager
    def alone() -> Iterator[None]:
        engine = create_engine(uri, poolclass=NullPool)
        with _explained(), engine.connect() as connection, connection.begin():
            connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _LOCK_ID})
            yield

    return alone
