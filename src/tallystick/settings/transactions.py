"""What the two kinds of settings database have in common: how a transaction is told whose it is and what it may do."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine

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
