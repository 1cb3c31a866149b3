"""How far topics were read, where facts and parked records stood on Kafka, and letters that can never be sent."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table and the columns."""
    op.create_table(
        "offsets_due",
        sa.Column("topic_id", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("end_seen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True)),
        sa.Column("held_offset", sa.BigInteger()),
        sa.Column("held_since", sa.DateTime(timezone=True)),
        sa.Column("held_why", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("topic_id", "partition", name=op.f("pk_offsets_due")),
    )
    _places_of_facts()
    _letters_that_cannot_be_sent()
    _parked_records()


def _places_of_facts() -> None:
    op.add_column("facts", sa.Column("topic_id", sa.String(), server_default="", nullable=False))
    op.add_column("facts", sa.Column("partition", sa.Integer()))
    op.add_column("facts", sa.Column("offset", sa.BigInteger()))
    op.add_column("facts", sa.Column("index_in_record", sa.Integer()))


def _letters_that_cannot_be_sent() -> None:
    op.add_column("outbox", sa.Column("undeliverable_at", sa.DateTime(timezone=True)))
    op.add_column("outbox", sa.Column("undeliverable_why", sa.String(), server_default="", nullable=False))
    op.drop_index("ix_outbox_unsent", "outbox")
    waiting = sa.text("sent_at IS NULL AND undeliverable_at IS NULL")
    op.create_index("ix_outbox_unsent", "outbox", ["receiver", "lane", "outbox_id"], postgresql_where=waiting)


def _parked_records() -> None:
    op.add_column("parked", sa.Column("last_offset", sa.BigInteger()))
    op.add_column("parked", sa.Column("records", sa.Integer(), server_default="1", nullable=False))
    op.add_column("parked", sa.Column("index_in_record", sa.Integer(), server_default="0", nullable=False))
    op.add_column("parked", sa.Column("topic_id", sa.String(), server_default="", nullable=False))
    op.add_column("parked", sa.Column("digest", sa.LargeBinary(), server_default=sa.text("''::bytea"), nullable=False))
    op.add_column("parked", sa.Column("size", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("parked", sa.Column("build", sa.String(), server_default="", nullable=False))
    sealing = 28  # bytes that sealing added
    size = sa.func.greatest(sa.func.octet_length(sa.column("raw_sealed")) - sealing, 0)
    parked = sa.table("parked", sa.column("size"), sa.column("raw_sealed"))
    op.execute(parked.update().where(parked.c.raw_sealed.is_not(None)).values(size=size))
    op.drop_constraint(op.f("uq_parked_topic"), "parked")
    place = ["topic", "topic_id", "partition", "offset", "index_in_record", "digest"]
    op.create_index("uq_parked_place", "parked", place, unique=True)
    op.create_index("ix_parked_waiting", "parked", ["parked_id"], postgresql_where=sa.text("state = 'parked'"))
