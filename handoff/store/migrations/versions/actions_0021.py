"""Who acted, and with which code: an action that was sent and not answered can be sent again from the record."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the columns. Rows from before have nothing in them: the timeline says who acted, if the case answered."""
    op.add_column("facts", sa.Column("acted_by", sa.String(), server_default="", nullable=False))
    op.add_column("facts", sa.Column("acted_code", sa.String(), server_default="", nullable=False))
