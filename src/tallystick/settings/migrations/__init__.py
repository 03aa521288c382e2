"""The versions of the settings schema, and the way from any of them to the current one.

Alembic is imported only when there is something to do: most openings find the database current, and must be quick.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from tallystick.errors import ConfigError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0008"
"""The newest revision under ``versions/``."""

_Opener = Callable[[], AbstractContextManager[Session]]


def migrate(read: _Opener, write: _Opener) -> None:
    """Brings the database to :data:`HEAD`, in one transaction; of several processes, one does it.

    Raises ConfigError if the database has a revision that this version does not know, or its role may not make tables.
    """
    with read() as session:
        if _revision(session.connection()) == HEAD:
            return
    with write() as session:
        connection = session.connection()
        if _revision(connection) != HEAD:
            _upgrade(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def alembic_config(connection: Connection) -> Config:
    """Alembic's own configuration, bound to ``connection``."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "tallystick.settings:migrations")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(alembic_config(connection), HEAD)
    except (CommandError, ProgrammingError) as error:
        reason = error.orig if isinstance(error, ProgrammingError) else error
        raise ConfigError(f"the settings database cannot be brought to revision {HEAD}: {reason}") from error
