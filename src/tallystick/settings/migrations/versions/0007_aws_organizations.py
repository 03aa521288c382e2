"""AWS organisations."""

import sqlalchemy as sa
from alembic import op

from tallystick.settings.migrations.policies import protect

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """AWS organisations."""
    op.create_table(
        "aws_places",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("root_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("is_account", sa.Boolean(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "node_id", "since", name=op.f("pk_aws_places")),
    )
    protect("aws_places")
