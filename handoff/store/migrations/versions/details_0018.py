"""What each recipient was told of the person, so that it learns of what has changed since."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the column. Of those who were told before it is not known what: they are told of the next change."""
    op.add_column("cases", sa.Column("informed", postgresql.JSONB(), server_default="{}", nullable=False))
