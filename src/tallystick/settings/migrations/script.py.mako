"""${message}."""

import sqlalchemy as sa
from alembic import op

from tallystick.settings.types import StoredText, UtcDateTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """${message}."""
    ${upgrades if upgrades else "pass"}
