"""Since when an address of webhooks is switched off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column."""
    op.add_column("endpoints", sa.Column("off_since", sa.BigInteger(), nullable=True))
