"""When support ended, how a case is being closed, and which milestone a row of the timeline corrects."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the columns. Until now nothing was corrected, and a case ended in the moment in which it was closed."""
    op.add_column("cases", sa.Column("ended_at", sa.DateTime(timezone=True)))
    op.add_column("cases", sa.Column("closing", sa.String(), server_default="", nullable=False))
    op.add_column("timeline", sa.Column("corrects", sa.String(), server_default="", nullable=False))
