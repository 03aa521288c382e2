"""Row-level security: on PostgreSQL a transaction sees, and writes, the rows of the tenant that it names.

``tally.tenant`` holds that name until the transaction ends, or ``*`` for every tenant; without it there are no rows.
The policies hold for the owner of the tables too. SQLite has none.
"""

from __future__ import annotations

from alembic import op

_STATEMENTS = (
    "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON {table} USING (tenant_id = current_setting('tally.tenant', true))",
    "CREATE POLICY every_tenant ON {table} USING (current_setting('tally.tenant', true) = '*')",
)


def protect(*tables: str) -> None:
    """For a migration that makes tables: every table with a ``tenant_id`` must be protected."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in tables:
        for statement in _STATEMENTS:
            op.execute(statement.format(table=table))
