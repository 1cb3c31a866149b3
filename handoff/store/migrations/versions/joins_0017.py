"""Joins of two cases of one person."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the table, and of which case and person another one is a part. Nothing was joined until now."""
    op.add_column("persons", sa.Column("merged_into", sa.String(), nullable=True))
    op.create_index(op.f("ix_persons_merged_into"), "persons", ["merged_into"], unique=False)
    op.add_column("cases", sa.Column("joined_into", sa.String(), nullable=True))
    op.create_index(
        "ix_cases_joined_into",
        "cases",
        ["joined_into"],
        unique=False,
        postgresql_where=sa.text("joined_into IS NOT NULL"),
    )
    op.create_table(
        "case_joins",
        sa.Column("join_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("into_case_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("into_person_id", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), server_default="", nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filled", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("differs", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_joins_case_id")),
        sa.ForeignKeyConstraint(["into_case_id"], ["cases.case_id"], name=op.f("fk_case_joins_into_case_id")),
        sa.ForeignKeyConstraint(["into_person_id"], ["persons.person_id"], name=op.f("fk_case_joins_into_person_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.person_id"], name=op.f("fk_case_joins_person_id")),
        sa.PrimaryKeyConstraint("join_id", name=op.f("pk_case_joins")),
    )
    op.create_index(op.f("ix_case_joins_case_id"), "case_joins", ["case_id"], unique=False)
    op.create_index(op.f("ix_case_joins_into_case_id"), "case_joins", ["into_case_id"], unique=False)
    op.create_index(
        "uq_case_joins_joined",
        "case_joins",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
