"""The tables. Personal data is only in `*_sealed` columns (AES-GCM) and, as keyed digests, in `person_index`."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from handoff.store.columns import at, code, metadata
from handoff.store.message_tables import fact_index, facts, offsets_due, outbox, parked, references, restores
from handoff.store.service_tables import capacities, checks, plan_lines, plans, referrals, visits

__all__ = [
    "assessments",
    "capacities",
    "cases",
    "checks",
    "clocks",
    "fact_index",
    "facts",
    "histories",
    "joins",
    "metadata",
    "offsets_due",
    "outbox",
    "parked",
    "person_index",
    "persons",
    "plan_lines",
    "plans",
    "reads",
    "references",
    "referrals",
    "restores",
    "tasks",
    "temporals",
    "timeline",
    "told_apart",
    "visits",
]

# persons

persons = Table(
    "persons",
    metadata,
    Column("person_id", String, primary_key=True),
    Column("key_sealed", LargeBinary),  # the person's own key, sealed with the master key; NULL once erased
    Column("identity_sealed", LargeBinary),  # `Person` as JSON, sealed with the person's key
    at("created_at", required=True),
    at("died_at"),
    Column("scheme", Integer, nullable=False, server_default="1"),  # of the look-up terms (`rules.identity.SCHEME`)
    Column("merged_into", String, index=True),  # the person as whom it counts since a join; NULL: as itself
    Index("ix_persons_scheme", "scheme"),
)

person_index = Table(
    "person_index",
    metadata,
    Column("person_id", ForeignKey("persons.person_id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String, primary_key=True),  # a kind of `rules.identity.index_terms`
    Column("digest", LargeBinary, primary_key=True),  # HMAC-SHA-256 under a key derived from the master key
    Index("ix_person_index_digest", "digest", "kind"),
)

told_apart = Table(  # a person has decided that words with these numbers are about somebody else
    "told_apart",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # of a strong identifier, as in person_index, or of a reference
    Column("person_id", ForeignKey("persons.person_id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("fits", String, nullable=False, server_default=""),  # kinds of term that fitted, parted by blanks
    at("told_at", required=True),
)

# the case

cases = Table(
    "cases",
    metadata,
    Column("case_id", String, primary_key=True),
    Column("person_id", ForeignKey("persons.person_id"), nullable=False, index=True),
    Column("previous_case_id", String),  # an earlier, closed episode of the same person
    Column("joined_into", String),  # the case that goes on in its place since a join; NULL: it was not joined
    code("profile"),
    Column("profile_version", Integer, nullable=False),
    code("stage"),  # screening, consent, assessment, plan, approval, services, follow-up, closed
    code("facility"),  # the discharging institution; it decides on dates
    at("opened_at", required=True),
    at("expected_at"),
    at("discharged_at"),  # the actual discharge
    at("admitted_at"),  # readmitted since; NULL: not in hospital
    code("eligibility", required=False),  # eligible, not-eligible, undetermined
    code("priority", required=False),  # high, normal
    code("consent", required=False),  # "", given, refused, withdrawn, expired
    at("consent_until"),  # when a consent that stands ends; NULL: it names no end
    Column("refused", JSONB, nullable=False, server_default="[]"),  # parts that are refused: "lookup", "provider:CODE"
    at("papers_at"),  # when the papers came that the person brings in place of the lookup
    code("district", required=False),  # administrative dong of the address, for matching
    code("deciding", required=False),
    at("plan_first_approved_at"),
    at("support_began_at"),  # first delivered service
    at("closed_at"),
    at("ended_at"),  # when support ended; NULL: when the case was closed
    code("closing", required=False),  # how a person ends it, while that may be taken back: reason-N or outcome-X
    Column("end_reason", SmallInteger),  # statutory 1-5, only after support began
    code("outcome", required=False),  # if support did not begin
    code("death", required=False),  # "", or a `Death` that is told or in doubt
    at("died_at"),  # the date of death, as told
    Column("restricted", Boolean, nullable=False, server_default="false"),  # nobody is told before a person answers
    # By offer or assessor: keyed digest of the person's details that it was told last.
    Column("informed", JSONB, nullable=False, server_default="{}"),
    Column("facts", Integer, nullable=False, server_default="0"),  # last number given
    Column("acted", Integer, nullable=False, server_default="0"),  # number of the last fact that led to a milestone
    Column("entries", Integer, nullable=False, server_default="0"),  # last timeline sequence given
    code("lost", required=False),  # a `WorkflowLoss`: nothing carries the open case on; "": its workflow runs
    at("lost_at"),  # when this was noted
    code("lost_run", required=False),  # first of the runs that were lost; "": Temporal had none
    Index("ix_cases_joined_into", "joined_into", postgresql_where=text("joined_into IS NOT NULL")),
    Index("ix_cases_lost", "case_id", postgresql_where=text("lost <> ''")),
    CheckConstraint("end_reason IS NULL OR outcome = ''", name="end_or_outcome"),
    CheckConstraint("end_reason BETWEEN 1 AND 5", name="end_reason"),
)

assessments = Table(
    "assessments",
    metadata,
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True),
    Column("key", String, primary_key=True),  # presurvey, determination, resurvey-N
    code("assessor"),
    Column("score", Integer),
    code("result"),  # guide, own-survey, determination, eligible, not-eligible
    Column("found", JSONB, nullable=False, server_default="{}"),  # severe_disability, group, complex_need
    at("assessed_at", required=True),
)

# clocks, tasks, timeline

clocks = Table(
    "clocks",
    metadata,
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True),
    Column("name", String, primary_key=True),  # first-contact, presurvey, answer:CASE.2.O1, ...
    code("limit"),  # the profile's limit
    code("owner"),  # who has to act
    at("started_at", required=True),
    at("warn_at"),
    at("due_at", required=True),
    Column("pauses", JSONB, nullable=False, server_default="[]"),  # [{why, from, until|null}]
    at("ended_at"),
    code("ended_by", required=False),  # key of the milestone that ended it
    code("subject", required=False),
    Index("ix_clocks_running", "case_id", postgresql_where=text("ended_at IS NULL")),
)

tasks = Table(
    "tasks",
    metadata,
    Column("task_id", String, primary_key=True),
    Column("case_id", ForeignKey("cases.case_id"), index=True),  # NULL: no case yet
    code("kind"),
    code("owner"),
    code("subject", required=False),
    Column("fact_id", ForeignKey("facts.fact_id")),
    Column("about", JSONB, nullable=False, server_default="{}"),  # codes of what to settle
    at("opened_at", required=True),
    at("due_at", required=True),
    at("escalated_at"),
    at("closed_at"),
    code("closed_by", required=False),
    Index("uq_tasks_open", "case_id", "kind", "subject", unique=True, postgresql_where=text("closed_at IS NULL")),
)

timeline = Table(
    "timeline",
    metadata,
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("key", String, nullable=False),  # milestone key: the name of what happened
    code("what"),
    code("who"),
    code("why", required=False),
    code("subject", required=False),
    code("code", required=False),
    at("occurred_at", required=True),
    at("known_at", required=True),
    Column("entry_hash", LargeBinary, nullable=False),  # a key that comes again with another hash is refused
    Column("outcome", JSONB),  # result that the workflow got
    code("corrects", required=False),  # key of the milestone that it corrects
    UniqueConstraint("case_id", "key"),
)

reads = Table(
    "identity_reads",
    metadata,
    Column("read_id", BigInteger, Identity(), primary_key=True),
    Column("case_id", ForeignKey("cases.case_id")),  # or the fact: one of the two
    Column("fact_id", ForeignKey("facts.fact_id")),
    code("who"),
    Column("why", String, nullable=False),
    at("read_at", required=True),
)

histories = Table(  # no foreign key: runs of a case that a restore lost are kept too
    "histories",
    metadata,
    Column("case_id", String, primary_key=True),
    Column("run_id", String, primary_key=True, index=True),
    code("previous_run_id", required=False),  # the run before; "" for the first
    code("ended"),  # completed, continued-as-new, failed, canceled, terminated, timed-out
    Column("builds", JSONB, nullable=False, server_default="[]"),  # builds that ran it, in order
    Column("events", Integer, nullable=False),
    at("began_at", required=True),
    Column("closed_at", DateTime(timezone=True), nullable=False, index=True),
    at("kept_at", required=True),
    Column(
        "history_sealed", LargeBinary, nullable=False
    ),  # Temporal's History, compressed; sealed with the vault's own key
)

temporals = Table(  # a database of Temporal that is new here knows none of the open cases
    "temporals",
    metadata,
    Column("identity", String, primary_key=True),  # ids of its cluster and of the namespace
    at("compared_at", required=True),  # when the open cases were last compared with its runs
)

# joins of two cases of one person; both keep their rows, and a row here says that they belong together

joins = Table(
    "case_joins",
    metadata,
    Column("join_id", BigInteger, Identity(), primary_key=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False, index=True),  # the one that was joined
    Column("into_case_id", ForeignKey("cases.case_id"), nullable=False, index=True),  # the one that goes on
    Column("person_id", ForeignKey("persons.person_id"), nullable=False),
    Column("into_person_id", ForeignKey("persons.person_id"), nullable=False),
    code("who"),
    code("why", required=False),
    at("joined_at", required=True),
    Column("filled", JSONB, nullable=False, server_default="[]"),  # names of the fields that only the joined person had
    Column("differs", JSONB, nullable=False, server_default="[]"),  # names of the fields in which the two differ
    at("undone_at"),
    code("undone_by", required=False),
    Index("uq_case_joins_joined", "case_id", unique=True, postgresql_where=text("undone_at IS NULL")),
)
