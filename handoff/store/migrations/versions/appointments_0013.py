"""The start, weekdays, changes and early end of a plan line; the place of a visit in its rhythm, and who named it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the columns. Lines and visits of before have none of them; a series goes on by the visits that it has."""
    for name in ("starts_on", "weekdays", "ending"):
        op.add_column("plan_lines", sa.Column(name, sa.String(), server_default="", nullable=False))
    op.add_column("plan_lines", sa.Column("changes", JSONB(), server_default="[]", nullable=False))
    op.add_column("plan_lines", sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("visits", sa.Column("slot", sa.DateTime(timezone=True), nullable=True))
    op.add_column("visits", sa.Column("named_by", sa.String(), server_default="", nullable=False))
