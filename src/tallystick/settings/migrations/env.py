"""Alembic's way in: runs on the connection, and in the transaction, that it is given."""

from alembic import context

from tallystick.settings.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    user_module_prefix="",
)
context.run_migrations()
