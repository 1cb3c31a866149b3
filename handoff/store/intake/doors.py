"""Notices at the door: of persons below the age, until somebody has asked about the other doors."""

from collections.abc import Collection

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import among, fetch
from handoff.store.intake.facts import COLUMNS, FactRow, fact_row
from handoff.store.tables import facts

NOTED = "door"  # key of a fact's body: what became of a notice at the door, who decided it, and when
# The state is a literal: with a parameter the planner could not use the partial index.
AT_DOOR = text("facts.state = 'at-door'")
_OF_STAYS = "state = 'at-door' AND reference_digest = ANY($1) ORDER BY fact_id FOR UPDATE"


async def of_stays(conn: AsyncConnection, references: Collection[bytes]) -> list[FactRow]:
    """Notices at the door that name these stays, locked, the oldest first."""
    if not references:
        return []
    rows = await fetch(conn, facts, ("fact_id", *COLUMNS), _OF_STAYS, list(references))
    return [FactRow(**row) for row in rows]


async def read(conn: AsyncConnection, numbers: Collection[int], *, lock: bool = False) -> list[FactRow]:
    """Those of these notices that still stand at the door, the oldest first. `lock`: until the transaction ends."""
    query = select(facts).where(AT_DOOR, among(facts.c.fact_id, numbers)).order_by(facts.c.fact_id)
    return [fact_row(row) for row in await conn.execute(query.with_for_update() if lock else query)]
