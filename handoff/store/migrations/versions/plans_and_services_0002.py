"""Plans, referrals, visits and checks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    _provider_capacities()
    _assessments()
    _checks()
    _plan_lines()
    _plans()
    _referrals()
    _visits()


def _provider_capacities() -> None:
    op.create_table(
        "provider_capacities",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "reserved >= 0 AND reserved <= capacity", name=op.f("ck_provider_capacities_never_overbooked")
        ),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_provider_capacities")),
    )


def _assessments() -> None:
    op.create_table(
        "assessments",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("assessor", sa.String(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("found", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_assessments_case_id")),
        sa.PrimaryKeyConstraint("case_id", "key", name=op.f("pk_assessments")),
    )


def _checks() -> None:
    op.create_table(
        "checks",
        sa.Column("check_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_checks_case_id")),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_checks")),
    )
    op.create_index(op.f("ix_checks_case_id"), "checks", ["case_id"], unique=False)


def _plan_lines() -> None:
    op.create_table(
        "plan_lines",
        sa.Column("line_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("part_of", sa.String(), server_default="", nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("per", sa.String(), server_default="", nullable=False),
        sa.Column("days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("urgent", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("prefers", sa.String(), server_default="", nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), server_default="", nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked_anew_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_plan_lines_case_id")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_plan_lines")),
    )
    op.create_index(op.f("ix_plan_lines_case_id"), "plan_lines", ["case_id"], unique=False)


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("fact_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_plans_case_id")),
        sa.ForeignKeyConstraint(["fact_id"], ["facts.fact_id"], name=op.f("fk_plans_fact_id")),
        sa.PrimaryKeyConstraint("case_id", "version", name=op.f("pk_plans")),
    )


def _referrals() -> None:
    op.create_table(
        "referrals",
        sa.Column("offer_id", sa.String(), nullable=False),
        sa.Column("line_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("provisional", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_referrals_case_id")),
        sa.ForeignKeyConstraint(["line_id"], ["plan_lines.line_id"], name=op.f("fk_referrals_line_id")),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("pk_referrals")),
    )
    op.create_index(op.f("ix_referrals_case_id"), "referrals", ["case_id"], unique=False)
    op.create_index(op.f("ix_referrals_line_id"), "referrals", ["line_id"], unique=False)
    op.create_index(
        "uq_referrals_open_line",
        "referrals",
        ["line_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('requested', 'accepted', 'in-progress', 'on-hold')"),
    )


def _visits() -> None:
    op.create_table(
        "visits",
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("line_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("offer_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("makes_up", sa.String(), server_default="", nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_visits_case_id")),
        sa.ForeignKeyConstraint(["line_id"], ["plan_lines.line_id"], name=op.f("fk_visits_line_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["referrals.offer_id"], name=op.f("fk_visits_offer_id")),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_visits")),
    )
    op.create_index(op.f("ix_visits_case_id"), "visits", ["case_id"], unique=False)
    op.create_index(op.f("ix_visits_line_id"), "visits", ["line_id"], unique=False)
