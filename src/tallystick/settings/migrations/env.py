"""Alembic's way in: runs on the connection, and in the transaction, that it is given."""

from alembic import context

from tallystick.settings import metering, models, organizations

TABLES = (models, metering, organizations)
"""Where the tables of the metadata are declared."""

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=models.Base.metadata,
    render_as_batch=True,
    user_module_prefix="",
)
context.run_migrations()
