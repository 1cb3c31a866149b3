"""Tables for messages: how far topics were read, restores, facts, letters (outbox), parked records."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from handoff.store.columns import at, code, metadata

# how far topics were read; the offset that Kafka keeps for the group is for lag tools only

offsets_due = Table(
    "offsets_due",
    metadata,
    Column("topic_id", String, primary_key=True),  # Kafka's topic id; a topic that is made again has another
    Column("partition", Integer, primary_key=True, autoincrement=False),
    code("topic"),
    Column("next_offset", BigInteger, nullable=False),  # of the record to read next
    Column("end_seen", BigInteger, nullable=False, server_default="0"),  # end of the log when last looked at
    Column("again_below", BigInteger, nullable=False, server_default="0"),  # records below it are read a second time
    at("moved_at"),
    Column("held_offset", BigInteger),  # the record at which this partition is held; NULL: not held
    at("held_since"),
    Column("held_why", String, nullable=False, server_default=""),  # a code, e.g. locked
)

# A new value of `database` means that the record was restored: it is then compared with the workflows.

restores = Table(
    "restores",
    metadata,
    Column("restore_id", BigInteger, Identity(), primary_key=True),
    Column("database", String, nullable=False),  # server, database and timeline, as PostgreSQL names them
    at("noticed_at", required=True),
    at("compared_at"),
    Column("mended", JSONB, nullable=False, server_default="[]"),  # repaired cases, with what was done
)

# incoming facts

facts = Table(
    "facts",
    metadata,
    Column("fact_id", BigInteger, Identity(), primary_key=True),
    code("sender"),
    code("message_id"),
    Column("content_hash", LargeBinary, nullable=False),  # keyed hash of the normalised fact
    code("kind"),
    code("state"),  # a `FactState`
    Column("case_id", ForeignKey("cases.case_id")),
    Column("number", Integer),  # within the case, from 1
    at("occurred_at", required=True),
    at("known_at", required=True),
    at("told_at"),  # when it was delivered to its workflow
    Column("topic_id", String, nullable=False, server_default=""),  # place of its record; "": entered by a person
    Column("partition", Integer),
    Column("offset", BigInteger),
    Column("index_in_record", Integer),  # from 0: a record may hold several messages
    code("subject", required=False),
    Column("reference_digest", LargeBinary),  # keyed digest of sender + its reference: visit numbers are personal data
    Column("body", JSONB, nullable=False, server_default="{}"),  # the kind's own codes and numbers
    code("acted_by", required=False),  # of an action: who did it, as given with `--as`
    code("acted_code", required=False),  # of an action: its code
    Column("content_sealed", LargeBinary),  # the Fact as JSON, of an early one without the person; NULL once deleted
    Column("raw_sealed", LargeBinary),  # the record's bytes as they came; NULL: it came before its case
    Column("person_id", ForeignKey("persons.person_id")),  # whose key seals the two; NULL: the master key does
    UniqueConstraint("sender", "message_id", "content_hash"),
    Index("uq_facts_number", "case_id", "number", unique=True),  # also used to find facts of a case without a number
    Index("ix_facts_untold", "case_id", "number", postgresql_where=text("state = 'numbered' AND told_at IS NULL")),
    Index("ix_facts_place", "topic_id", "partition", "offset"),
    Index("ix_facts_early", "reference_digest", postgresql_where=text("state = 'early'")),
    Index("ix_facts_at_door", "reference_digest", postgresql_where=text("state = 'at-door'")),
)

# finds facts of one person: early ones when a case opens, and notices that wait for a person; deleted afterwards

fact_index = Table(
    "fact_index",
    metadata,
    Column("fact_id", ForeignKey("facts.fact_id", ondelete="CASCADE"), primary_key=True),
    Column(
        "digest", LargeBinary, primary_key=True
    ),  # of strong identifiers, as in person_index, and of the reference of a held notice
    Index("ix_fact_index_digest", "digest"),
)

references = Table(
    "case_references",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # keyed digest of sender + its reference for the discharge
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True, index=True),
    code("sender"),
    Column("reference_sealed", LargeBinary),  # for letters, which name it; sealed with the person's key
)

# letters and parked records

outbox = Table(
    "outbox",
    metadata,
    Column("outbox_id", BigInteger, Identity(), primary_key=True),
    Column("event_id", String, nullable=False, unique=True),  # keyed hash of case, milestone and receiver
    code("receiver"),
    # case id, or the receiver's code for letters without a case; order is kept within (lane, receiver)
    Column("lane", String, nullable=False, index=True),
    code("kind"),
    at("occurred_at", required=True),
    Column("subject", String, nullable=False, server_default=""),
    Column("answers", String, nullable=False, server_default=""),
    Column("payload_sealed", LargeBinary, nullable=False),  # the JSON data as sent
    Column("person_id", ForeignKey("persons.person_id")),  # whose key seals it; NULL: the master key
    at("sent_at"),
    at("undeliverable_at"),  # when it turned out that it can never be sent; a task asks a person to tell the receiver
    Column("undeliverable_why", String, nullable=False, server_default=""),  # a code
    Index(
        "ix_outbox_unsent",
        "receiver",
        "lane",
        "outbox_id",
        postgresql_where=text("sent_at IS NULL AND undeliverable_at IS NULL"),
    ),
)

parked = Table(
    "parked",
    metadata,
    Column("parked_id", BigInteger, Identity(), primary_key=True),
    code("topic"),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("last_offset", BigInteger),  # end of a range of unreadable records; NULL: one record
    Column("records", Integer, nullable=False, server_default="1"),
    Column("index_in_record", Integer, nullable=False, server_default="0"),
    Column("topic_id", String, nullable=False, server_default=""),  # "" in rows of an old build
    Column("digest", LargeBinary, nullable=False, server_default=text("''::bytea")),  # keyed digest of the whole record
    code("sender", required=False),
    code("code"),
    Column("reason", String, nullable=False),
    code("place", required=False),
    Column("size", BigInteger, nullable=False, server_default="0"),  # bytes of the record; perhaps more than are kept
    Column("raw_sealed", LargeBinary),  # the value; only its beginning if too large; the stored batch of a range
    Column("headers_sealed", LargeBinary),
    Column("build", String, nullable=False, server_default=""),  # for code `ours`: the build that tried it last
    at("parked_at", required=True),
    code("state"),  # parked, retried, dropped, expired
    Index(
        "uq_parked_place",
        "topic",
        "topic_id",
        "partition",
        "offset",
        "index_in_record",
        "digest",
        unique=True,
    ),
    Index("ix_parked_waiting", "parked_id", postgresql_where=text("state = 'parked'")),
)
