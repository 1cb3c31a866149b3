"""Number of the last fact that each case acted on, to find cases that stand still."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
_FILL = """
    UPDATE cases SET acted = last.number
    FROM (
        SELECT case_id, max(substring(key FROM '#([0-9]+)$')::int) AS number
        FROM timeline WHERE key ~ '#[0-9]{1,9}$' GROUP BY case_id
    ) AS last
    WHERE last.case_id = cases.case_id
"""


def upgrade() -> None:
    """Add the column, and fill it from the numbers that end the keys of the timeline."""
    op.add_column("cases", sa.Column("acted", sa.Integer(), server_default="0", nullable=False))
    op.execute(_FILL)
