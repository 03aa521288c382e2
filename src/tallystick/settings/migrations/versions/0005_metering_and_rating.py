"""Metering and rating."""

import sqlalchemy as sa
from alembic import op

from tallystick.settings.migrations.policies import protect
from tallystick.settings.types import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Metering and rating."""
    op.create_table(
        "collector_mappings",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("collector", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "service", name=op.f("pk_collector_mappings")),
    )
    op.create_table(
        "collector_states",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", name=op.f("pk_collector_states")),
    )
    op.create_table(
        "hashmap_fields",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("field_id", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "field_id", name=op.f("pk_hashmap_fields")),
    )
    op.create_table(
        "hashmap_groups",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "group_id", name=op.f("pk_hashmap_groups")),
    )
    op.create_table(
        "hashmap_mappings",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("mapping_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cost", sa.Text(), nullable=False),
        sa.Column("start_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("service_id", sa.Text(), nullable=True),
        sa.Column("field_id", sa.Text(), nullable=True),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("scope_id", sa.Text(), nullable=True),
        sa.Column("end_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("updated_by", sa.Text(), nullable=True),
        sa.Column("deleted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("effective_to", UtcDateTime(timezone=True), nullable=True),
        sa.Column("deleted_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "mapping_id", name=op.f("pk_hashmap_mappings")),
    )
    op.create_index(
        op.f("ix_hashmap_mappings_tenant_id_field_id"), "hashmap_mappings", ["tenant_id", "field_id"], unique=False
    )
    op.create_index(
        op.f("ix_hashmap_mappings_tenant_id_service_id"), "hashmap_mappings", ["tenant_id", "service_id"], unique=False
    )
    op.create_table(
        "hashmap_services",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "service_id", name=op.f("pk_hashmap_services")),
    )
    op.create_table(
        "hashmap_thresholds",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("threshold_id", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cost", sa.Text(), nullable=False),
        sa.Column("effective_from", UtcDateTime(timezone=True), nullable=False),
        sa.Column("service_id", sa.Text(), nullable=True),
        sa.Column("field_id", sa.Text(), nullable=True),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("scope_id", sa.Text(), nullable=True),
        sa.Column("effective_to", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "version_id", name=op.f("pk_hashmap_thresholds")),
    )
    op.create_index(
        op.f("ix_hashmap_thresholds_tenant_id_field_id"), "hashmap_thresholds", ["tenant_id", "field_id"], unique=False
    )
    op.create_index(
        op.f("ix_hashmap_thresholds_tenant_id_service_id"),
        "hashmap_thresholds",
        ["tenant_id", "service_id"],
        unique=False,
    )
    op.create_table(
        "metering_sources",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", name=op.f("pk_metering_sources")),
    )
    op.create_table(
        "pyscripts",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("script_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("start_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("end_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("updated_by", sa.Text(), nullable=True),
        sa.Column("deleted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("effective_to", UtcDateTime(timezone=True), nullable=True),
        sa.Column("deleted_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "script_id", name=op.f("pk_pyscripts")),
    )
    op.create_table(
        "rating_module_states",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("module_id", sa.Text(), nullable=False),
        sa.Column("effective_from", UtcDateTime(timezone=True), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "module_id", "effective_from", name=op.f("pk_rating_module_states")),
    )
    op.create_table(
        "reprocessings",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("start_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("end_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("current_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "number", name=op.f("pk_reprocessings")),
    )
    op.create_table(
        "scope_states",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.Text(), nullable=False),
        sa.Column("scope_key", sa.Text(), nullable=False),
        sa.Column("fetcher", sa.Text(), nullable=False),
        sa.Column("collector", sa.Text(), nullable=False),
        sa.Column("last_processed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("toggled_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("problem_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint(
            "tenant_id", "scope_id", "scope_key", "fetcher", "collector", name=op.f("pk_scope_states")
        ),
    )
    op.create_table(
        "withdrawals",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("withdrawal_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.Text(), nullable=False),
        sa.Column("begin_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("end_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "withdrawal_id", name=op.f("pk_withdrawals")),
    )
    protect(
        "collector_mappings",
        "collector_states",
        "hashmap_fields",
        "hashmap_groups",
        "hashmap_mappings",
        "hashmap_services",
        "hashmap_thresholds",
        "metering_sources",
        "pyscripts",
        "rating_module_states",
        "reprocessings",
        "scope_states",
        "withdrawals",
    )
