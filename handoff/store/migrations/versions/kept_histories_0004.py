"""Histories of finished runs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "histories",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("previous_run_id", sa.String(), server_default="", nullable=False),
        sa.Column("ended", sa.String(), nullable=False),
        sa.Column("builds", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("history_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "run_id", name=op.f("pk_histories")),
    )
    op.create_index(op.f("ix_histories_run_id"), "histories", ["run_id"], unique=False)
    op.create_index(op.f("ix_histories_closed_at"), "histories", ["closed_at"], unique=False)
