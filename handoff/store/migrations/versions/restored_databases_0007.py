"""Which database this record stood in when it was last compared with what workflows know."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "restores",
        sa.Column("restore_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("database", sa.String(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("restore_id", name=op.f("pk_restores")),
    )
