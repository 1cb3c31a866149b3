"""Notices at the door: their index, and looks at the identity in a notice that has no case."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """A look at an identity names a case or a fact. Until now it always named a case."""
    op.alter_column("identity_reads", "case_id", nullable=True)
    op.add_column("identity_reads", sa.Column("fact_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key("fk_identity_reads_fact_id", "identity_reads", "facts", ["fact_id"], ["fact_id"])
    op.create_index("ix_facts_at_door", "facts", ["reference_digest"], postgresql_where=sa.text("state = 'at-door'"))
