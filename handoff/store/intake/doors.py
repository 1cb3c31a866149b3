"""Notices at the door: of persons below the age, until somebody has asked about the other doors."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import among, fetch
from handoff.store.intake.facts import COLUMNS, FactRow, fact_row
from handoff.store.tables import facts

SETTLED = "settled"  # key of a fact's body: a person has settled what was unclear; the case of its person, or ""
NOTED = "door"  # key of a fact's body: what became of a notice at the door, who decided it, and when
# The state is a literal: with a parameter the planner could not use the partial index.
AT_DOOR = text("facts.state = 'at-door'")
# An array, not a subquery: then both sides of the OR use an index.
_ABOUT = """
    state = 'at-door'
    AND (reference_digest = ANY($1) OR fact_id = ANY (ARRAY (SELECT fact_id FROM fact_index WHERE digest = ANY($2))))
    ORDER BY fact_id FOR UPDATE
"""
_ANSWERS = """
    SELECT sender, message_id, content_hash, body -> 'door' ->> 'verdict' FROM facts
    WHERE sender = ANY($1) AND message_id = ANY($2) AND state = 'dropped' AND body ? 'door' ORDER BY fact_id
"""
_CONTENT_BYTES = 16  # of a content hash; the rest is of the moment when it was written
ContentName = tuple[str, str, bytes]  # sender, message id, and the part of the hash that is made of the content


def content_name(sender: str, message_id: str, content_hash: bytes) -> ContentName:
    """What a fact has in common with the same words of its sender, written at another moment."""
    return sender, message_id, content_hash[:_CONTENT_BYTES]


async def about(conn: AsyncConnection, references: Collection[bytes], digests: Collection[bytes]) -> list[FactRow]:
    """Notices at the door that name these stays, or have one of these digests; locked, the oldest first."""
    if not references and not digests:
        return []
    rows = await fetch(conn, facts, ("fact_id", *COLUMNS), _ABOUT, list(references), list(digests))
    return [FactRow(**row) for row in rows]


async def answers(conn: AsyncConnection, messages: Collection[tuple[str, str]]) -> dict[ContentName, str]:
    """What became of notices at the door with these senders and message ids; of several the last one counts."""
    if not messages:
        return {}
    senders, ids = zip(*messages, strict=True)
    rows: Iterable[Any] = await conn.exec_driver_sql(_ANSWERS, (list(senders), list(ids)))
    return {content_name(row[0], row[1], row[2]): row[3] for row in rows}


async def read(conn: AsyncConnection, numbers: Collection[int], *, lock: bool = False) -> list[FactRow]:
    """Those of these notices that still stand at the door, the oldest first. `lock`: until the transaction ends."""
    query = select(facts).where(AT_DOOR, among(facts.c.fact_id, numbers)).order_by(facts.c.fact_id)
    return [fact_row(row) for row in await conn.execute(query.with_for_update() if lock else query)]
