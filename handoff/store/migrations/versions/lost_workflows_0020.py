"""Open cases whose workflow is lost, and the databases of Temporal that were seen."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add the columns, the index and the table. The next look at Temporal fills them."""
    op.add_column("cases", sa.Column("lost", sa.String(), server_default="", nullable=False))
    op.add_column("cases", sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("lost_run", sa.String(), server_default="", nullable=False))
    op.create_index("ix_cases_lost", "cases", ["case_id"], postgresql_where=sa.text("lost <> ''"))
    op.create_table(
        "temporals",
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("identity", name=op.f("pk_temporals")),
    )
