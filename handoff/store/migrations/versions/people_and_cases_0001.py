"""People, facts and cases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _persons()
    _cases()
    _person_index()
    _case_references()
    _facts()
    _identity_reads()
    _timeline()
    _fact_index()


def _persons() -> None:
    op.create_table(
        "persons",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("identity_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("died_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_persons")),
    )


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("previous_case_id", sa.String(), nullable=True),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("facility", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discharged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("eligibility", sa.String(), server_default="", nullable=False),
        sa.Column("priority", sa.String(), server_default="", nullable=False),
        sa.Column("consent", sa.String(), server_default="", nullable=False),
        sa.Column("district", sa.String(), server_default="", nullable=False),
        sa.Column("deciding", sa.String(), server_default="", nullable=False),
        sa.Column("plan_first_approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("support_began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.SmallInteger(), nullable=True),
        sa.Column("outcome", sa.String(), server_default="", nullable=False),
        sa.Column("facts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("entries", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("end_reason IS NULL OR outcome = ''", name=op.f("ck_cases_end_or_outcome")),
        sa.CheckConstraint("end_reason BETWEEN 1 AND 5", name=op.f("ck_cases_end_reason")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.person_id"], name=op.f("fk_cases_person_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cases")),
    )
    op.create_index(op.f("ix_cases_person_id"), "cases", ["person_id"], unique=False)


def _person_index() -> None:
    op.create_table(
        "person_index",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.person_id"], name=op.f("fk_person_index_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", "digest", name=op.f("pk_person_index")),
    )
    op.create_index("ix_person_index_digest", "person_index", ["digest", "kind"], unique=False)


def _case_references() -> None:
    op.create_table(
        "case_references",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("reference_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_references_case_id")),
        sa.PrimaryKeyConstraint("digest", "case_id", name=op.f("pk_case_references")),
    )
    op.create_index(op.f("ix_case_references_case_id"), "case_references", ["case_id"], unique=False)


def _facts() -> None:
    op.create_table(
        "facts",
        sa.Column("fact_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subject", sa.String(), server_default="", nullable=False),
        sa.Column("reference_digest", sa.LargeBinary(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("raw_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_facts_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.person_id"], name=op.f("fk_facts_person_id")),
        sa.PrimaryKeyConstraint("fact_id", name=op.f("pk_facts")),
        sa.UniqueConstraint("sender", "message_id", "content_hash", name=op.f("uq_facts_sender")),
    )
    op.create_index(
        "ix_facts_early", "facts", ["reference_digest"], unique=False, postgresql_where=sa.text("state = 'early'")
    )
    op.create_index(
        "ix_facts_untold",
        "facts",
        ["case_id", "number"],
        unique=False,
        postgresql_where=sa.text("state = 'numbered' AND told_at IS NULL"),
    )
    op.create_index(
        "uq_facts_number", "facts", ["case_id", "number"], unique=True, postgresql_where=sa.text("number IS NOT NULL")
    )


def _identity_reads() -> None:
    op.create_table(
        "identity_reads",
        sa.Column("read_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_identity_reads_case_id")),
        sa.PrimaryKeyConstraint("read_id", name=op.f("pk_identity_reads")),
    )


def _timeline() -> None:
    op.create_table(
        "timeline",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), server_default="", nullable=False),
        sa.Column("subject", sa.String(), server_default="", nullable=False),
        sa.Column("code", sa.String(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_timeline_case_id")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_timeline")),
        sa.UniqueConstraint("case_id", "key", name=op.f("uq_timeline_case_id")),
    )


def _fact_index() -> None:
    op.create_table(
        "fact_index",
        sa.Column("fact_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["fact_id"], ["facts.fact_id"], name=op.f("fk_fact_index_fact_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("fact_id", "digest", name=op.f("pk_fact_index")),
    )
    op.create_index("ix_fact_index_digest", "fact_index", ["digest"], unique=False)
