"""The death of a case: whether one is told or in doubt, and its date."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the columns. Cases that are open have no death: until now a death closed the case at once."""
    op.add_column("cases", sa.Column("death", sa.String(), server_default="", nullable=False))
    op.add_column("cases", sa.Column("died_at", sa.DateTime(timezone=True)))
