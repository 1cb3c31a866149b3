"""When a consent ends, and which parts of the support the person refuses."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the columns. Until now no end of a consent and no refusal of a part was kept."""
    op.add_column("cases", sa.Column("consent_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("refused", postgresql.JSONB(), server_default="[]", nullable=False))
    op.add_column("cases", sa.Column("papers_at", sa.DateTime(timezone=True), nullable=True))
