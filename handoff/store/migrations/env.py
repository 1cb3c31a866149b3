"""Run by Alembic: hands it our tables and the connection that `migrate` opened."""

from alembic import context

from handoff.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, compare_server_default=True
)
with context.begin_transaction():
    context.run_migrations()
