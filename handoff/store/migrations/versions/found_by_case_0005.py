"""Indexes by case, so that look-ups stay fast as other cases grow."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Replace the indexes."""
    op.drop_index("ix_clocks_running", "clocks")
    op.create_index("ix_clocks_running", "clocks", ["case_id"], postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index("uq_facts_number", "facts")
    op.create_index("uq_facts_number", "facts", ["case_id", "number"], unique=True)
    op.create_index(op.f("ix_outbox_lane"), "outbox", ["lane"], unique=False)
