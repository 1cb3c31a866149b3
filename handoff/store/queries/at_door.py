"""The list of notices at the door, as people read it: in pages, and how many there are."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import among
from handoff.store.intake.doors import AT_DOOR
from handoff.store.intake.facts import FactRow, fact_row
from handoff.store.queries.monitoring import Waiting
from handoff.store.tables import fact_index, facts


async def waiting(conn: AsyncConnection) -> Waiting:
    """Notices of persons below the age whose other doors are not checked, by the moment when they came."""
    oldest = select(func.count(), func.min(facts.c.known_at), func.min(facts.c.fact_id)).where(AT_DOOR)
    count, since, first = (await conn.execute(oldest)).one()
    return Waiting(count, since, str(first or ""))


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


async def alike(conn: AsyncConnection, numbers: Collection[int]) -> dict[int, list[int]]:
    """By number of a notice: the numbers of other notices at the door that are about the same person."""
    one, second = fact_index.alias("one"), fact_index.alias("second")
    both = select(one.c.fact_id, second.c.fact_id.label("alike")).distinct()
    joined = both.join(second, (one.c.digest == second.c.digest) & (one.c.fact_id != second.c.fact_id))
    at_door = joined.join(facts, facts.c.fact_id == second.c.fact_id)
    rows = await conn.execute(at_door.where(AT_DOOR, among(one.c.fact_id, numbers)).order_by(second.c.fact_id))
    others: dict[int, list[int]] = {}
    for row in rows:
        others.setdefault(row.fact_id, []).append(row.alike)
    return others


def _page(between: tuple[datetime, datetime] | None, after: int) -> list[ColumnElement[bool]]:
    came = [] if between is None else [facts.c.known_at >= between[0], facts.c.known_at < between[1]]
    return [AT_DOOR, facts.c.fact_id > after, *came]  # type: ignore[list-item]
