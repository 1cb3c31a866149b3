"""Whether access to the data of a case's person is restricted."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column. No open case has a restriction: until now nobody could report one."""
    op.add_column("cases", sa.Column("restricted", sa.Boolean(), server_default="false", nullable=False))
