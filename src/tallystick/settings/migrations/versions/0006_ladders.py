"""Ladders."""

import sqlalchemy as sa
from alembic import op

from tallystick.settings.migrations.policies import protect
from tallystick.settings.types import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Ladders."""
    op.create_table(
        "rating_ladders",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("ladder_id", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("tiers", sa.JSON(), nullable=False),
        sa.Column("start_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.Text(), nullable=True),
        sa.Column("end_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("effective_to", UtcDateTime(timezone=True), nullable=True),
        sa.Column("deleted_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "ladder_id", name=op.f("pk_rating_ladders")),
    )
    protect("rating_ladders")
