"""Whether this record came from a backup, and how it stands beside what a case's workflow knows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.intake.parked import AWAITED
from handoff.store.tables import cases, facts, restores, timeline
from handoff.vocabulary.states import FactState

_NEWEST = 20  # facts
_LOCK = 7_305_912_045  # any number: two intakes compare one after the other
# A restored database is another one, stands on another server, or is on another timeline of its write-ahead log.
_DATABASE = """
    SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || oid || '/'
        || (SELECT timeline_id FROM pg_control_checkpoint())
    FROM pg_database WHERE datname = current_database()
"""
# Ten minutes after the comparison every case has gone as far again as it had. A new record was never compared.
# `parked` is a literal, as in the partial index that is to be used.
_MAKING_AGAIN = """
    SELECT coalesce((
        SELECT compared_at IS NULL
            OR (compared_at > noticed_at AND compared_at > clock_timestamp() - interval '10 minutes')
        FROM restores ORDER BY restore_id DESC LIMIT 1
    ), false) AS making_again, ARRAY(
        SELECT DISTINCT sender FROM parked
        WHERE state = 'parked' AND code = :awaited AND parked_id < coalesce(CAST(:before AS bigint), parked_id + 1)
    ) AS senders
"""


@dataclass(frozen=True)
class Restore:
    """A record that came from elsewhere, or was to be compared.

    Attributes:
        compared_at: None: not yet.
        mended: cases, and what was done with each.
    """

    noticed_at: datetime
    compared_at: datetime | None
    mended: list[dict[str, Any]]


@dataclass(frozen=True)
class LostAction:
    """What a person did to a case, as far as codes tell it.

    Attributes:
        fact: the row of `facts` with the whole of it.
        kind: event type, such as `contact.made`.
        who: the code given with `--as`.
    """

    fact: int
    kind: str
    who: str
    at: datetime


@dataclass(frozen=True)
class RecordedCase:
    """What the record has of one case, as far as a workflow can be compared with it.

    Attributes:
        facts: number within the case by fact id, of those that have one.
        keys: of the milestones asked for, those that are written.
        actions: what people did and the case answered, by fact id.
        asked: ids of all facts of the case, what people asked for without an answer among them.
    """

    facts: dict[int, int]
    keys: set[str]
    actions: dict[int, LostAction]
    asked: set[int]


_OF_A_FACT = facts.c.fact_id, facts.c.number, facts.c.state, facts.c.told_at, facts.c.kind, facts.c.occurred_at


async def to_compare(conn: AsyncConnection) -> bool:
    """Whether the record was restored, or moved, and not compared since. Only a new, empty one never is."""
    database = await conn.scalar(text(_DATABASE))
    newest = (await conn.execute(select(restores).order_by(restores.c.restore_id.desc()).limit(1))).one_or_none()
    if newest is None or newest.database != database:
        empty = await conn.scalar(select(facts.c.fact_id).limit(1)) is None
        new = {"database": database, "noticed_at": func.now(), "compared_at": func.now() if empty else None}
        await conn.execute(insert(restores).values(new))
        return not empty
    return newest.compared_at is None


async def making_again(conn: AsyncConnection, before: int | None = None) -> tuple[bool, frozenset[str]]:
    """Whether a restore is not over: what the record lost of cases, such as offers, is still to be made again.

    Args:
        conn: a connection.
        before: the number of a parked record that is tried again; None: what comes now.

    Returns:
        That, and the senders of whom an earlier answer (parked under a smaller number) waits for it.
    """
    row = (await conn.execute(text(_MAKING_AGAIN), {"awaited": AWAITED, "before": before})).one()
    return row.making_again, frozenset(row.senders)


async def compare_again(conn: AsyncConnection) -> None:
    """Have the record compared once more, whatever is known of where it came from."""
    database = await conn.scalar(text(_DATABASE))
    await conn.execute(insert(restores).values(database=database, noticed_at=func.now()))


async def compared(conn: AsyncConnection, mended: Sequence[Mapping[str, Any]]) -> None:
    """Note that nothing is left to compare, and what was done with which case."""
    done = {"compared_at": func.clock_timestamp(), "mended": list(mended)}
    await conn.execute(update(restores).where(restores.c.compared_at.is_(None)).values(**done))


async def last(conn: AsyncConnection) -> Restore | None:
    """The last comparison, done or not; None: the record was never looked at."""
    columns = restores.c.noticed_at, restores.c.compared_at, restores.c.mended
    row = (await conn.execute(select(*columns).order_by(restores.c.restore_id.desc()).limit(1))).one_or_none()
    return Restore(*row) if row else None


async def mended_at(conn: AsyncConnection, case_id: str) -> datetime | None:
    """When record and workflow of a case were last brought to one state after a restore; None: never."""
    named = restores.c.mended.contains([{"case": case_id}])
    moment: datetime | None = await conn.scalar(select(func.max(restores.c.compared_at)).where(named))
    return moment


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


async def told_last(conn: AsyncConnection) -> dict[str, int]:
    """Of the open cases that the newest facts are about, the number of the last fact that each was told."""
    of = facts.c.state == FactState.NUMBERED, facts.c.told_at.is_not(None)
    newest = select(facts.c.case_id, facts.c.number).where(*of).order_by(facts.c.fact_id.desc()).limit(_NEWEST)
    told = newest.subquery()
    found = select(told.c.case_id, func.max(told.c.number)).join(cases, cases.c.case_id == told.c.case_id)
    rows = await conn.execute(found.where(cases.c.closed_at.is_(None)).group_by(told.c.case_id))
    return {row[0]: row[1] for row in rows}


async def known(conn: AsyncConnection, case_id: str, keys: Collection[str]) -> RecordedCase | None:
    """What the record has of a case, locked to the transaction's end; None: it does not know the case."""
    if await conn.scalar(select(cases.c.case_id).where(cases.c.case_id == case_id).with_for_update()) is None:
        return None
    rows = list(await conn.execute(select(*_OF_A_FACT).where(facts.c.case_id == case_id)))
    written = select(timeline.c.key, timeline.c.who).where(timeline.c.case_id == case_id)
    by = {row.key: row.who for row in await conn.execute(written)}
    who = {key.rpartition("#a")[2]: name for key, name in by.items() if "#a" in key and name}
    acted = [row for row in rows if row.state == FactState.ACTED and row.told_at]
    return RecordedCase(
        {row.fact_id: row.number for row in rows if row.number},
        set(keys) & set(by),
        {
            row.fact_id: LostAction(row.fact_id, row.kind, who.get(str(row.fact_id), ""), row.occurred_at)
            for row in acted
        },
        {row.fact_id for row in rows},
    )


async def tell_again(conn: AsyncConnection, case_id: str, after: int) -> int:
    """Have the facts of a case behind a number told again; returns how many had been told."""
    told = facts.c.case_id == case_id, facts.c.number > after, facts.c.told_at.is_not(None)
    again = update(facts).where(*told, facts.c.state == FactState.NUMBERED).values(told_at=None)
    return (await conn.execute(again)).rowcount
