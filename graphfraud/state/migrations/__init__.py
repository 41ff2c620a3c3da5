"""Alembic's scripts; `graphfraud.state.migrate` runs them."""
