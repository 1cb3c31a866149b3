"""Notices that wait for a person, held or at the door. News about them is kept beside them."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import fetch
from handoff.store.intake.facts import COLUMNS, FactRow
from handoff.store.tables import facts

# An array, so that the primary key is used. The states are literals: with parameters partial indexes could not be used.
_ABOUT = """
    fact_id = ANY(ARRAY(SELECT fact_id FROM fact_index WHERE digest = ANY($1))) AND state IN ('held', 'at-door')
    OR reference_digest = ANY($1) AND state = 'at-door'
    ORDER BY fact_id
"""


async def about(conn: AsyncConnection, digests: Collection[bytes]) -> list[FactRow]:
    """Notices that are held or at the door, found by the digest of their reference or of a strong identifier.

    Their `sought` digests are not read: they follow from the person, who is sealed with them.
    """
    if not digests:
        return []
    return [FactRow(**row) for row in await fetch(conn, facts, ("fact_id", *COLUMNS), _ABOUT, list(digests))]
