"""Row-level security on PostgreSQL."""

from tallystick.settings.migrations.policies import protect

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Row-level security on PostgreSQL."""
    protect("tenants", "sources", "deliveries", "delivery_files", "parts", "releases", "leases", "months")
    protect("tag_settings", "tenant_settings", "enabled_currencies")
