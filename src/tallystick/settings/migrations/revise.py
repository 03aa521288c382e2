"""For developers: writes the next migration from what :mod:`tallystick.settings.models` has and the last one lacks.

    python -m tallystick.settings.migrations.revise 0002 "Budgets"

Read and tidy what it wrote, run ruff over it, and set ``HEAD`` in the package to the new revision.
"""

import sys

from alembic import command
from sqlalchemy import create_engine

from tallystick.settings.migrations import alembic_config


def main(revision: str, message: str) -> None:
    """Writes ``versions/<revision>_<message>.py``."""
    with create_engine("sqlite://").begin() as connection:
        config = alembic_config(connection)
        command.upgrade(config, "head")
        command.revision(config, message, autogenerate=True, rev_id=revision)


if __name__ == "__main__":
    main(*sys.argv[1:])
