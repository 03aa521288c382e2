"""Jobs and watches."""

import sqlalchemy as sa
from alembic import op

from tallystick.settings.migrations.policies import protect
from tallystick.settings.types import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Jobs and watches."""
    op.create_table(
        "jobs",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("token", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "job_id", name=op.f("pk_jobs")),
    )
    queued = sa.text("state = 'queued'")
    op.create_index(op.f("ix_jobs_tenant_id_state"), "jobs", ["tenant_id", "state"])
    op.create_index(
        "uq_jobs_queued",
        "jobs",
        ["tenant_id", "kind", "subject"],
        unique=True,
        sqlite_where=queued,
        postgresql_where=queued,
    )
    op.create_table(
        "watches",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("every_seconds", sa.BigInteger(), nullable=False),
        sa.Column("next_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("source_name", sa.Text(), nullable=True),
        sa.Column("seen", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "address", name=op.f("pk_watches")),
    )
    protect("jobs", "watches")
