"""Run migrations on the connection, and in the transaction, of whoever called."""

from __future__ import annotations

from alembic import context

from graphfraud.state.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
