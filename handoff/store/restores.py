"""Whether this record came from a backup, and how it stands beside what a case's workflow knows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.rows import among
from handoff.store.tables import cases, facts, restores, timeline

_LOCK = 7_305_912_045  # any number: two intakes compare one after the other
# A restored database is another one, stands on another server, or is on another timeline of its write-ahead log.
_DATABASE = """
    SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || oid || '/'
        || (SELECT timeline_id FROM pg_control_checkpoint())
    FROM pg_database WHERE datname = current_database()
"""


@dataclass(frozen=True)
class Known:
    """What the record has of one case, as far as a workflow can be compared with it.

    Attributes:
        facts: number within the case by fact id, of those that have one.
        keys: of the milestones asked for, those that are written.
        actions: ids of people's actions.
    """

    facts: dict[int, int]
    keys: set[str]
    actions: set[int]


async def to_compare(conn: AsyncConnection, now: datetime) -> bool:
    """Whether the record was restored, or moved, and not compared since. Only a new, empty one never is."""
    database = await conn.scalar(text(_DATABASE))
    last = (await conn.execute(select(restores).order_by(restores.c.restore_id.desc()).limit(1))).one_or_none()
    if last is None or last.database != database:
        empty = last is None and await conn.scalar(select(func.count()).select_from(facts)) == 0
        new = {"database": database, "noticed_at": now, "compared_at": now if empty else None}
        await conn.execute(insert(restores).values(new))
        return not empty
    return last.compared_at is None


async def compare_again(conn: AsyncConnection, now: datetime) -> None:
    """Have the record compared once more, whatever is known of where it came from."""
    database = await conn.scalar(text(_DATABASE))
    await conn.execute(insert(restores).values(database=database, noticed_at=now))


async def compared(conn: AsyncConnection, now: datetime) -> None:
    """Note that nothing is left to compare."""
    await conn.execute(update(restores).where(restores.c.compared_at.is_(None)).values(compared_at=now))


async def alone(conn: AsyncConnection) -> None:
    """Wait until nobody else compares; held to the transaction's end."""
    await conn.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def open_cases(conn: AsyncConnection) -> set[str]:
    """Every case that the record has as open."""
    return set(await conn.scalars(select(cases.c.case_id).where(cases.c.closed_at.is_(None))))


async def last_known(conn: AsyncConnection) -> datetime | None:
    """Moment of the last thing that the record knows; None: it is empty."""
    told = await conn.scalar(select(func.max(facts.c.known_at)))
    written = await conn.scalar(select(func.max(timeline.c.known_at)))
    return max((each for each in (told, written) if each), default=None)


async def known(conn: AsyncConnection, case_id: str, keys: Collection[str]) -> Known | None:
    """What the record has of a case, locked to the transaction's end; None: it does not know the case."""
    if await conn.scalar(select(cases.c.case_id).where(cases.c.case_id == case_id).with_for_update()) is None:
        return None
    told = select(facts.c.fact_id, facts.c.number, facts.c.state).where(facts.c.case_id == case_id)
    rows = list(await conn.execute(told))
    written = select(timeline.c.key).where(timeline.c.case_id == case_id, among(timeline.c.key, keys))
    return Known(
        {row.fact_id: row.number for row in rows if row.number},
        set(await conn.scalars(written)),
        {row.fact_id for row in rows},
    )


async def tell_again(conn: AsyncConnection, case_id: str, after: int) -> int:
    """Have the facts of a case behind a number told again; returns how many had been told."""
    told = facts.c.case_id == case_id, facts.c.number > after, facts.c.told_at.is_not(None)
    again = update(facts).where(*told, facts.c.state == "numbered").values(told_at=None)
    return (await conn.execute(again)).rowcount
