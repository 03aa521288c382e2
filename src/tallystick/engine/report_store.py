"""The report store: the daily rows of each tenant's current release in PostgreSQL, for reports and other tools.

A schema per tenant holds the tables that reports read most, ``published`` (which release they show) and ``parts`` (what
they were filled from). Everything in it is generated. A new release is brought in one transaction, and only the
partitions whose parts changed are replaced, so readers see the old release or the new one, whole.
"""

from __future__ import annotations

import hashlib
from typing import Final

import psycopg
from psycopg.sql import SQL, Identifier

from tallystick.engine import stored_rollups
from tallystick.engine.dialect import Parameters
from tallystick.engine.postgres import Connection, Connections, PostgresSession
from tallystick.engine.publication import PUBLISHED, Contents, Publication, ShownRelease

_READING: Final = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = {schema}; SET LOCAL jit = off;"
    " SET LOCAL work_mem = '64MB'; SELECT release_id, fingerprint FROM {schema}.published"
)
_NAME_BYTES: Final = 63


class ReportStore:
    """The report store in one database. Thread-safe."""

    def __init__(self, address: str) -> None:
        self._connections = Connections(address)

    def session(self, tenant: str, release: ShownRelease) -> StoreSession | None:
        """A session on a release, if it is the one that the store shows. Raises psycopg.OperationalError."""
        connection = self._connections.take()
        try:
            shown = _begin_reading(connection, schema_name(tenant))
        except psycopg.OperationalError:  # a connection that has gone stale, or a server that has gone
            connection.close()
            connection = self._connections.new()
            shown = _begin_reading(connection, schema_name(tenant))
        session = StoreSession(connection, self._connections, tenant, release)
        if shown == release:
            return session
        session.close()
        return None

    def publish(self, tenant: str, release: ShownRelease, contents: Contents) -> bool:
        """Show a release; False when the store shows it already, or a newer one.

        Publishers of one tenant wait for each other. Whatever interrupts one leaves the store as it was.
        """
        with self._connections.new() as connection:
            with connection.transaction():
                publication = Publication(connection, schema_name(tenant), reader_name(tenant))
                publication.prepare()
                shown = publication.shown()
                if shown is not None and (shown == release or shown.release_id > release.release_id):
                    return False
                changed = publication.bring(contents)
                publication.show(release)
            if changed:
                for schema in PUBLISHED:
                    connection.execute(SQL("ANALYZE {}").format(Identifier(schema_name(tenant), schema.name)))
            stored_rollups.renew(connection, schema_name(tenant), release)
            if shown is not None:  # whose readers may be at work
                stored_rollups.drop_older(connection, schema_name(tenant), shown)
        return True


class StoreSession(PostgresSession):
    """A session on the release that the store shows, with the rollups that all its readers share."""

    def __init__(self, connection: Connection, connections: Connections, tenant: str, release: ShownRelease) -> None:
        super().__init__(connection, tenant=tenant, release_id=release.release_id, give_back=connections.give)
        self._connections = connections
        self._release = release
        self._schema = schema_name(tenant)

    def rollup(self, sql: str, parameters: Parameters) -> str | None:
        """A table that holds the rows of an aggregate over the release, or None where it is not worth keeping.

        Raises MovedError when the store shows another release by now; then the session is of no more use.
        """
        statement = stored_rollups.statement_of(self._connection, sql, parameters)
        name = stored_rollups.name_of(self._release, statement)
        kept = stored_rollups.kept(self._connection, self._schema, name)
        if kept is None:
            with self._connections.new() as connection:
                stored_rollups.make(connection, self._schema, self._release, statement)
            self._connection.execute("ROLLBACK")
            if _begin_reading(self._connection, self._schema) != self._release:
                raise MovedError
            kept = stored_rollups.kept(self._connection, self._schema, name)
        return name if kept else None


class MovedError(Exception):
    """The store shows another release than the one that a session is on."""


def schema_name(tenant: str) -> str:
    """The schema of a tenant's published tables."""
    return _short(f"tally_{tenant}")


def reader_name(tenant: str) -> str:
    """The role that may read a tenant's published tables and nothing else."""
    return _short(f"tally_{tenant}_reader")


def _short(name: str) -> str:
    """A name as it is, or made short enough for PostgreSQL."""
    if len(name.encode()) <= _NAME_BYTES:
        return name
    return f"tally_{hashlib.sha256(name.encode()).hexdigest()[:40]}"


def _begin_reading(connection: Connection, schema: str) -> ShownRelease | None:
    """Begin to read a schema at one moment; gives the release that it shows."""
    cursor = connection.cursor()
    try:
        cursor.execute(SQL(_READING).format(schema=Identifier(schema)))
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return None
    while cursor.nextset():
        pass
    row = cursor.fetchone()
    return None if row is None else ShownRelease(*row)
