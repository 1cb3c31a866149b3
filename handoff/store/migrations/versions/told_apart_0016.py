"""By which scheme people are indexed, and whom words were told apart from."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the column and the table. Terms need the vault's key: `handoff.store.look_ups` fills them in afterwards."""
    op.add_column("persons", sa.Column("scheme", sa.Integer(), server_default="1", nullable=False))
    op.create_index("ix_persons_scheme", "persons", ["scheme"])
    op.create_table(
        "told_apart",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("fits", sa.String(), server_default="", nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.person_id"], name="fk_told_apart_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", "person_id", name="pk_told_apart"),
    )
    op.create_index("ix_told_apart_person_id", "told_apart", ["person_id"])
