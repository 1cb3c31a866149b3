"""What a visitor has to know for safety, with each plan line."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the column. Until now nobody could name a code."""
    op.add_column(
        "plan_lines", sa.Column("safety", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False)
    )
