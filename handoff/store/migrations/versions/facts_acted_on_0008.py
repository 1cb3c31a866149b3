"""How far each case has acted on what it was told: what falls behind stands still."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column; what was told so far counts as acted on."""
    op.add_column("cases", sa.Column("acted", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE cases SET acted = facts")
