"""The settings database, one for every tenant: SQLite in the home, or PostgreSQL where ``catalog`` names one.

A reader sees one moment of it. A writer waits until no other writes for its tenant, before it reads, so that what it
read is still true when it commits. On PostgreSQL row-level security lets a transaction see its own tenant only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from tallystick.errors import UnavailableError
from tallystick.settings import postgresql, sqlite
from tallystick.settings.config import Config
from tallystick.settings.migrations import migrate
from tallystick.settings.transactions import EVERY_TENANT, TENANT, Engines, moment

__all__ = ["EVERY_TENANT", "Database", "TenantDatabase", "moment", "open_database"]


class Database:
    """The settings database. Thread-safe; a session belongs to one thread. Open one per process, after forking."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def of(self, tenant: str) -> TenantDatabase:
        """A tenant's part of it. ``EVERY_TENANT`` sees all, and as a writer waits for the writers of all."""
        return TenantDatabase(self, tenant)

    def ping(self) -> None:
        """Returns when the database answers; asks nothing of any tenant. Raises UnavailableError."""
        with self.transaction("", writes=False) as session:
            session.execute(text("SELECT 1"))

    @contextmanager
    def transaction(self, tenant: str, *, writes: bool) -> Iterator[Session]:
        """See :class:`TenantDatabase`."""
        engine = self._engines.writing if writes else self._engines.reading
        with (
            self._explained(),
            engine.connect() as connection,
            Session(connection.execution_options(**{TENANT: tenant}), expire_on_commit=False) as session,
        ):
            if not writes:
                yield session
                return
            with session.begin():
                session.connection()
                yield session

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What the server or the disk did, as an error that says which database it was."""
        try:
            yield
        except PoolTimeoutError as error:
            raise UnavailableError(f"{self._engines.place}: every connection is in use; try again") from error
        except DBAPIError as error:
            if isinstance(error, OperationalError) or error.connection_invalidated:
                reason = " ".join(str(error.orig).split())
                raise UnavailableError(f"{self._engines.place} cannot be used now: {reason}") from error
            raise

    def close(self) -> None:
        """Closes the pooled connections."""
        self._engines.reading.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class TenantDatabase:
    """What the settings database holds of one tenant."""

    database: Database
    tenant: str

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one moment and cannot write. Its objects stay readable after it is closed.

        Raises UnavailableError when the database does not answer.
        """
        with self.database.transaction(self.tenant, writes=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that holds the tenant's write lock from its start: commits at the end, or rolls back.

        Raises UnavailableError when the database does not answer, or others hold the lock for a minute.
        """
        with self.database.transaction(self.tenant, writes=True) as session:
            yield session


def open_database(config: Config) -> Database:
    """The settings database, brought to the current schema; made if it does not exist.

    Raises ConfigError for an address that cannot be used, a home on a network file system, or a database that a newer
    Tallystick has written; UnavailableError for a server that does not answer.
    """
    engines = postgresql.engines(config.catalog) if config.catalog else sqlite.engines(config.home)
    database = Database(engines)
    every = database.of(EVERY_TENANT)
    migrate(every.read, every.write)
    return database
