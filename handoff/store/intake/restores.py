"""Restores: whether this record came from a backup, and its comparison with what the workflows know."""

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
_LOCK = 7_305_912_045  # any number; two intakes compare one after the other
# A restored database differs in its oid, its server, or the timeline of its write-ahead log.
_DATABASE = """
    SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || oid || '/'
        || (SELECT timeline_id FROM pg_control_checkpoint())
    FROM pg_database WHERE datname = current_database()
"""
# Ten minutes after the comparison every case has caught up. A new, empty record is never compared.
# `parked` is a literal: with a parameter the planner could not use the partial index.
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
    """One comparison of the record with the workflows, after a restore or on request.

    Attributes:
        compared_at: when it was done; None: not yet.
        mended: for each repaired case what was done.
    """

    noticed_at: datetime
    compared_at: datetime | None
    mended: list[dict[str, Any]]


@dataclass(frozen=True)
class LostAction:
    """A person's action on a case, in codes.

    Attributes:
        fact: id of its row in `facts`.
        kind: event type, such as `contact.made`.
        who: the code given with `--as`.
    """

    fact: int
    kind: str
    who: str
    at: datetime


@dataclass(frozen=True)
class RecordedCase:
    """What the record has of one case, to be compared with its workflow.

    Attributes:
        facts: number within the case by fact id, of numbered facts.
        keys: those of the requested milestone keys that are written.
        actions: people's actions that the case answered, by fact id.
        asked: ids of all facts of the case, including actions without an answer.
    """

    facts: dict[int, int]
    keys: set[str]
    actions: dict[int, LostAction]
    asked: set[int]


_OF_A_FACT = facts.c.fact_id, facts.c.number, facts.c.state, facts.c.told_at, facts.c.kind, facts.c.occurred_at


async def to_compare(conn: AsyncConnection) -> bool:
    """Whether the record was restored or moved and not compared since. A new, empty record needs no comparison."""
    database = await conn.scalar(text(_DATABASE))
    newest = (await conn.execute(select(restores).order_by(restores.c.restore_id.desc()).limit(1))).one_or_none()
    if newest is None or newest.database != database:
        empty = await conn.scalar(select(facts.c.fact_id).limit(1)) is None
        new = {"database": database, "noticed_at": func.now(), "compared_at": func.now() if empty else None}
        await conn.execute(insert(restores).values(new))
        return not empty
    return newest.compared_at is None


async def making_again(conn: AsyncConnection, before: int | None = None) -> tuple[bool, frozenset[str]]:
    """Whether a restore is in progress: cases still write again what the record lost, such as offers.

    Args:
        conn: a connection.
        before: number of a parked record that is tried again; None: a new record.

    Returns:
        Whether it is in progress, and the senders with an earlier answer that is parked and waits for its end.
    """
    row = (await conn.execute(text(_MAKING_AGAIN), {"awaited": AWAITED, "before": before})).one()
    return row.making_again, frozenset(row.senders)


async def compare_again(conn: AsyncConnection) -> None:
    """Request a comparison, restored or not."""
    database = await conn.scalar(text(_DATABASE))
    await conn.execute(insert(restores).values(database=database, noticed_at=func.now()))


async def compared(conn: AsyncConnection, mended: Sequence[Mapping[str, Any]]) -> None:
    """Note that the comparison is done, and what was done with each repaired case."""
    done = {"compared_at": func.clock_timestamp(), "mended": list(mended)}
    await conn.execute(update(restores).where(restores.c.compared_at.is_(None)).values(**done))


async def last(conn: AsyncConnection) -> Restore | None:
    """The last comparison, done or not; None: there was none."""
    columns = restores.c.noticed_at, restores.c.compared_at, restores.c.mended
    row = (await conn.execute(select(*columns).order_by(restores.c.restore_id.desc()).limit(1))).one_or_none()
    return Restore(*row) if row else None


async def mended_at(conn: AsyncConnection, case_id: str) -> datetime | None:
    """When a case was last repaired after a restore; None: never."""
    named = restores.c.mended.contains([{"case": case_id}])
    moment: datetime | None = await conn.scalar(select(func.max(restores.c.compared_at)).where(named))
    return moment


async def alone(conn: AsyncConnection) -> None:
    """Lock the comparison until the transaction ends; waits for another holder."""
    await conn.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def open_cases(conn: AsyncConnection) -> set[str]:
    """Ids of all open cases of the record."""
    return set(await conn.scalars(select(cases.c.case_id).where(cases.c.closed_at.is_(None))))


async def last_known(conn: AsyncConnection) -> datetime | None:
    """When the record last learned something; None: it is empty."""
    last_fact = await conn.scalar(select(func.max(facts.c.known_at)))
    last_entry = await conn.scalar(select(func.max(timeline.c.known_at)))
    return max(filter(None, (last_fact, last_entry)), default=None)


async def told_last(conn: AsyncConnection) -> dict[str, int]:
    """For the open cases of the newest facts: the number of the last fact delivered to each."""
    of = facts.c.state == FactState.NUMBERED, facts.c.told_at.is_not(None)
    newest = select(facts.c.case_id, facts.c.number).where(*of).order_by(facts.c.fact_id.desc()).limit(_NEWEST)
    recent = newest.subquery()
    query = select(recent.c.case_id, func.max(recent.c.number)).join(cases, cases.c.case_id == recent.c.case_id)
    rows = await conn.execute(query.where(cases.c.closed_at.is_(None)).group_by(recent.c.case_id))
    return {row[0]: row[1] for row in rows}


async def known(conn: AsyncConnection, case_id: str, keys: Collection[str]) -> RecordedCase | None:
    """What the record has of a case, locked until the transaction ends; None: no such case."""
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
    """Mark the facts of a case with a number above `after` as undelivered; returns how many had been delivered."""
    delivered = facts.c.case_id == case_id, facts.c.number > after, facts.c.told_at.is_not(None)
    again = update(facts).where(*delivered, facts.c.state == FactState.NUMBERED).values(told_at=None)
    return (await conn.execute(again)).rowcount
