"""The settings database on a PostgreSQL server, shared by the processes of any number of machines.

Every transaction says for which tenant it is; the policies that the migrations make let it see no other. A writer
takes its tenant's advisory lock in its first statement. As a statement sees what was committed before it began, and
nobody else writes for the tenant while the lock is held, what a writer has read stays true until it commits.
"""

from __future__ import annotations

import hashlib
from typing import Any

import structlog
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from tallystick.errors import ConfigError
from tallystick.settings.transactions import EVERY_TENANT, WRITES, Engines, tenant, writes

_CONNECTION = {
    "application_name": "tally",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
"""Parameters of a connection, unless the address has its own: a dead server is noticed within a minute."""
_POOL: dict[str, Any] = {"pool_pre_ping": True, "pool_size": 8, "max_overflow": 24, "pool_recycle": 3600}
_TENANT = "set_config('tally.tenant', %(tenant)s, true)"
_READ = f"SELECT {_TENANT}"
_PATIENCE = "set_config('lock_timeout', '60s', true), set_config('idle_in_transaction_session_timeout', '60s', true)"
_WRITE = f"SELECT {_TENANT}, {_PATIENCE}, pg_advisory_xact_lock_shared(%(every)s), pg_advisory_xact_lock(%(lock)s)"
_WRITE_EVERY = f"SELECT {_TENANT}, {_PATIENCE}, pg_advisory_xact_lock(%(every)s)"
_PRIVILEGES = "SELECT rolname FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)"


def engines(address: str) -> Engines:
    """Engines over the database at ``address``, ``postgresql://user:password@host:port/database?options``.

    Nothing is sent to the server yet. Raises ConfigError for an address that cannot be used.
    """
    engine = _engine(address)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "first_connect", _warn_of_privileges)
    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    writing = engine.execution_options(isolation_level="READ COMMITTED", **{WRITES: True})
    where = URL.create("postgresql", host=engine.url.host, port=engine.url.port, database=engine.url.database)
    return Engines(reading, writing, f"the settings database {where}")


def driver_url(address: str) -> URL:
    """The address for SQLAlchemy. Raises ConfigError for one that cannot be read."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise ConfigError(f"catalog: not the address of a database: {error}") from error
    return url.set(drivername="postgresql+psycopg", query={**_CONNECTION, **url.query})


def _engine(address: str) -> Engine:
    try:
        return create_engine(driver_url(address), **_POOL)
    except ModuleNotFoundError as error:
        raise ConfigError("a catalog on PostgreSQL needs psycopg: pip install 'tallystick[cluster]'") from error


def _warn_of_privileges(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Policies do not hold for a superuser: our own queries name their tenant all the same, so it works."""
    cursor = connection.cursor()
    cursor.execute(_PRIVILEGES)
    for (role,) in cursor.fetchall():
        structlog.get_logger("tallystick.settings").warning(
            "row-level security does not hold for this role; use one without SUPERUSER and BYPASSRLS", role=role
        )
    cursor.close()
    connection.rollback()


def _begin(connection: Connection) -> None:
    name = tenant(connection)
    if not writes(connection):
        connection.exec_driver_sql(_READ, {"tenant": name})
    elif name == EVERY_TENANT:
        connection.exec_driver_sql(_WRITE_EVERY, {"tenant": name, "every": lock_key(EVERY_TENANT)})
    else:
        locks = {"every": lock_key(EVERY_TENANT), "lock": lock_key(name)}
        connection.exec_driver_sql(_WRITE, {"tenant": name, **locks})


def lock_key(name: str) -> int:
    """The advisory lock of a tenant: 64 bits, signed."""
    return int.from_bytes(hashlib.blake2b(f"tally/{name}".encode(), digest_size=8).digest(), signed=True)
