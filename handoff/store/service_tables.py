"""The tables of plans and services: plan lines, referrals, visits, checks, and the capacity of providers."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, text
from sqlalchemy.dialects.postgresql import JSONB

from handoff.store.columns import at, code, metadata

plans = Table(
    "plans",
    metadata,
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    code("state"),  # submitted, approved, rejected, replaced
    code("submitted_by"),
    at("submitted_at", required=True),
    code("decided_by", required=False),
    at("decided_at"),
    code("reason", required=False),
    Column("fact_id", ForeignKey("facts.fact_id")),
)

plan_lines = Table(
    "plan_lines",
    metadata,
    Column("line_id", String, primary_key=True),  # CASE.2; the rest of a partly accepted line: CASE.2r1
    Column("case_id", ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),  # of the current plan with this line
    code("part_of", required=False),  # the line of which it is the rest
    code("service"),  # code in the profile's catalogue
    code("kind"),  # one-off, series, on-demand, stand-by
    Column("quantity", Integer, nullable=False),  # visits per period; for a one-off the total
    code("per", required=False),  # day, week, month; "" for one-off and stand-by
    Column("days", Integer, nullable=False, server_default="0"),  # length of the series, calendar days
    Column("urgent", Boolean, nullable=False, server_default="false"),
    code("prefers", required=False),  # provider named in the plan
    code("state"),  # a `LineState`
    code("provider", required=False),
    code("reason", required=False),
    Column("seq", Integer, nullable=False, server_default="0"),
    Column("safety", JSONB, nullable=False, server_default="[]"),  # what a visitor has to know: `SafetyNeed` codes
    code("ended_by", required=False),  # provider, municipality, person, plan-changed, death, readmission
    code("ended_who", required=False),
    at("ended_at"),
    code("starts_on", required=False),  # first day of its visits, ISO 8601
    code("weekdays", required=False),  # of its visits: mon,thu
    Column("changes", JSONB, nullable=False, server_default="[]"),  # to come: [{begins_at, quantity, weekdays}]
    at("ends_at"),  # ends early: no visit is planned at or after it
    code("ending", required=False),  # why
    at("asked_anew_at"),  # answer to a gap, or new discharge: providers that declined before may be asked again
)

# referrals, visits, checks

capacities = Table(
    "provider_capacities",
    metadata,
    Column("provider", String, primary_key=True),
    Column("capacity", Integer, nullable=False),  # in units of load: visits a week
    Column("reserved", Integer, nullable=False, server_default="0"),
    CheckConstraint("reserved >= 0 AND reserved <= capacity", name="never_overbooked"),
)

referrals = Table(
    "referrals",
    metadata,
    Column("offer_id", String, primary_key=True),  # CASE.2.O1
    Column("line_id", ForeignKey("plan_lines.line_id"), nullable=False, index=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False, index=True),
    code("provider"),
    code("state"),  # Gravity Task: requested, accepted, rejected, in-progress, on-hold, completed, failed, cancelled
    code("reason", required=False),  # no-capacity, waitlist, other, silent, withdrawn-...
    Column("provisional", Boolean, nullable=False, server_default="false"),
    Column("quantity", Integer, nullable=False),  # offered, then accepted
    Column("reserved", Integer, nullable=False),  # load reserved at the provider; 0 once released
    at("offered_at", required=True),
    at("answer_due_at"),
    at("answered_at"),
    at("proposed_at"),  # the next visit, as proposed by the provider
    Index(
        "uq_referrals_open_line",
        "line_id",
        unique=True,
        postgresql_where=text("state IN ('requested', 'accepted', 'in-progress', 'on-hold')"),
    ),
)

visits = Table(
    "visits",
    metadata,
    Column("visit_id", String, primary_key=True),  # CASE.2.V1
    Column("line_id", ForeignKey("plan_lines.line_id"), nullable=False, index=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("offer_id", ForeignKey("referrals.offer_id"), nullable=False),
    Column("number", Integer, nullable=False),
    code("provider"),
    code("state"),  # scheduled, completed, missed, unreported, suspended, cancelled
    code("makes_up", required=False),  # the missed visit that it replaces
    at("planned_at", required=True),
    at("slot"),  # its place in the rhythm of a series, which stays when the visit moves
    code("named_by", required=False),  # who named the moment: provider, engine; "": it follows the rhythm
    at("ended_at"),
    code("reason", required=False),
    Column("units", Integer),  # delivered: meals, half hours, ...
    code("reported_by", required=False),
    code("typed_by", required=False),
)

checks = Table(
    "checks",
    metadata,
    Column("check_id", String, primary_key=True),  # CASE.day-3
    Column("case_id", ForeignKey("cases.case_id"), nullable=False, index=True),
    code("name"),  # day-3, day-7, day-30, month-3, month-9, ...
    code("state"),  # planned, completed, failed, cancelled
    at("planned_at", required=True),
    at("ended_at"),
    code("result", required=False),
)
