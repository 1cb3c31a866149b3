"""What was delivered, by whose word, and who ended a line."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the columns. Rows from before keep their words: nobody recorded units, or who ended a line."""
    op.add_column("visits", sa.Column("units", sa.Integer(), nullable=True))
    op.add_column("visits", sa.Column("reported_by", sa.String(), server_default="", nullable=False))
    op.add_column("visits", sa.Column("typed_by", sa.String(), server_default="", nullable=False))
    op.add_column("plan_lines", sa.Column("ended_by", sa.String(), server_default="", nullable=False))
    op.add_column("plan_lines", sa.Column("ended_who", sa.String(), server_default="", nullable=False))
    op.add_column("plan_lines", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
