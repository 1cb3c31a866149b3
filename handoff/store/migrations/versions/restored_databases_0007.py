"""Comparisons of the record with the workflows after a restore; how far topics are read again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
_DATABASE = """
    SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || oid || '/'
        || (SELECT timeline_id FROM pg_control_checkpoint())
    FROM pg_database WHERE datname = current_database()
"""


def upgrade() -> None:
    """Make the table, the column and the index."""
    op.add_column("offsets_due", sa.Column("again_below", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index("ix_facts_place", "facts", ["topic_id", "partition", "offset"])
    op.create_table(
        "restores",
        sa.Column("restore_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("database", sa.String(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True)),
        sa.Column("mended", JSONB(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("restore_id", name=op.f("pk_restores")),
    )
    # A running database needs no comparison; `restore` requests one for a backup of an older revision.
    op.execute(f"INSERT INTO restores (database, noticed_at, compared_at) SELECT ({_DATABASE}), now(), now()")
