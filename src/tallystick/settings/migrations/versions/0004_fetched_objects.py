"""Fetched objects."""

import sqlalchemy as sa
from alembic import op

from tallystick.settings.migrations.policies import protect

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Fetched objects."""
    op.create_table(
        "fetched_objects",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "address", name=op.f("pk_fetched_objects")),
    )
    protect("fetched_objects")
