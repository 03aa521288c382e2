"""What the two kinds of settings database have in common: how a transaction is told whose it is and what it may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.settings.types import UtcDateTime

EVERY_TENANT = "*"
"""In the place of a tenant: all of them. No tenant has this name."""
TENANT = "tally_tenant"
WRITES = "tally_writes"


@dataclass(frozen=True, slots=True)
class Engines:
    """Two engines over one pool of connections."""

    reading: Engine
    writing: Engine
    place: str
    """What and where the database is, for people."""


def writes(connection: Connection) -> bool:
    """Whether the transaction that begins on a connection may write."""
    return bool(connection.get_execution_options().get(WRITES, False))


def tenant(connection: Connection) -> str:
    """Whose transaction begins on a connection."""
    return str(connection.get_execution_options()[TENANT])


def moment(session: Session) -> datetime:
    """Now, by the one clock of all who share the database: the server's, or for a file that of this machine."""
    if session.get_bind().dialect.name == "postgresql":
        return session.scalars(select(func.clock_timestamp(type_=UtcDateTime))).one()
    return clock.now()
