"""Notices at the door: of persons below the age, until somebody has asked about the other doors."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import among, fetch
from handoff.store.intake.facts import COLUMNS, FactRow, fact_row
from handoff.store.tables import fact_index, facts

NOTED = "door"  # key of a fact's body: what became of a notice at the door, who decided it, and when
# The state is a literal: with a parameter the planner could not use the partial index.
_AT_DOOR = text("facts.state = 'at-door'")
_OF_STAYS = "state = 'at-door' AND reference_digest = ANY($1) ORDER BY fact_id FOR UPDATE"


async def of_stays(conn: AsyncConnection, references: Collection[bytes]) -> list[FactRow]:
    """Notices at the door that name these stays, locked, the oldest first."""
    if not references:
        return []
    rows = await fetch(conn, facts, ("fact_id", *COLUMNS), _OF_STAYS, list(references))
    return [FactRow(**row) for row in rows]


async def read(conn: AsyncConnection, numbers: Collection[int], *, lock: bool = False) -> list[FactRow]:
    """Those of these notices that still stand at the door, the oldest first. `lock`: until the transaction ends."""
    query = select(facts).where(_AT_DOOR, among(facts.c.fact_id, numbers)).order_by(facts.c.fact_id)
    return [fact_row(row) for row in await conn.execute(query.with_for_update() if lock else query)]


async def listed(
    conn: AsyncConnection, between: tuple[datetime, datetime] | None, limit: int, after: int = 0
) -> list[FactRow]:
    """A page of the notices at the door with a number above `after`, the oldest first.

    `between`: when they came, from the first moment on and before the second; None: at any time.
    """
    query = select(facts).where(*_page(between, after)).order_by(facts.c.fact_id).limit(limit)
    return [fact_row(row) for row in await conn.execute(query)]


async def how_many(conn: AsyncConnection, between: tuple[datetime, datetime] | None, after: int = 0) -> int:
    """How many such notices there are with a number above `after`."""
    return int((await conn.execute(select(func.count()).where(*_page(between, after)))).scalar_one())


async def oldest(conn: AsyncConnection) -> tuple[int, datetime | None]:
    """How many notices stand at the door, and when the oldest of them came; None: there is none."""
    row = (await conn.execute(select(func.count(), func.min(facts.c.known_at)).where(_AT_DOOR))).one()
    return row[0], row[1]


async def alike(conn: AsyncConnection, numbers: Collection[int]) -> dict[int, list[int]]:
    """By number of a notice: the numbers of other notices at the door that are about the same person."""
    one, second = fact_index.alias("one"), fact_index.alias("second")
    both = select(one.c.fact_id, second.c.fact_id.label("alike")).distinct()
    joined = both.join(second, (one.c.digest == second.c.digest) & (one.c.fact_id != second.c.fact_id))
    at_door = joined.join(facts, facts.c.fact_id == second.c.fact_id)
    rows = await conn.execute(at_door.where(_AT_DOOR, among(one.c.fact_id, numbers)).order_by(second.c.fact_id))
    others: dict[int, list[int]] = {}
    for row in rows:
        others.setdefault(row.fact_id, []).append(row.alike)
    return others


def _page(between: tuple[datetime, datetime] | None, after: int) -> list[ColumnElement[bool]]:
    came = [] if between is None else [facts.c.known_at >= between[0], facts.c.known_at < between[1]]
    return [_AT_DOOR, facts.c.fact_id > after, *came]  # type: ignore[list-item]
