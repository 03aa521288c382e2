"""Since when a scope is collected, and whether its fetcher still names it."""

import sqlalchemy as sa
from alembic import op

from tallystick.settings.types import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Since when a scope is collected, and whether its fetcher still names it."""
    op.add_column("scope_states", sa.Column("begun_at", UtcDateTime(timezone=True), nullable=True))
    op.add_column("scope_states", sa.Column("gone_at", UtcDateTime(timezone=True), nullable=True))
