"""What rings that form are called."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "forming",
        sa.Column("application_id", sa.String(length=200), nullable=False),
        sa.Column("ring_id", sa.String(length=40), nullable=False),
        sa.Column("named_at", sa.BigInteger(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_forming")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_forming_given_at"), "forming", ["given_at"], unique=False)
