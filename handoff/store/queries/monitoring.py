"""What somebody on call asks the database: what waits and since when, whether the key fits, who is connected."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Select, func, literal, select, text, union
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.intake.tasks import RECORDS_MISSING
from handoff.store.record.referrals import OPEN
from handoff.store.tables import (
    assessments,
    cases,
    facts,
    offsets_due,
    outbox,
    parked,
    persons,
    referrals,
    tasks,
    timeline,
)
from handoff.store.vault import SealBrokenError, Vault
from handoff.vocabulary.states import FactState, ParkedState

# `numbered` is a literal, as in the partial index that is to be used.
_LEFT_BEHIND = """
    WITH waiting AS (
        SELECT case_id, min(fact_id) AS first, min(known_at) AS since FROM facts
        WHERE state = 'numbered' AND told_at IS NULL GROUP BY case_id
    )
    SELECT case_id FROM waiting
    WHERE since + interval '30 seconds'
        < (SELECT max(told_at) FROM facts WHERE fact_id > (SELECT min(first) FROM waiting))
    ORDER BY first LIMIT :at_most
"""
_ENDS_IN_NUMBER = func.concat("%#", facts.c.number)  # what a worker wrote that is older than `acted`
_UNSENT = outbox.c.sent_at.is_(None), outbox.c.undeliverable_at.is_(None)


@dataclass(frozen=True)
class Waiting:
    """What waits of one sort.

    Attributes:
        count: how many.
        since: moment of the oldest; None: none waits.
        first: the oldest's own number or id; "" if none waits.
    """

    count: int
    since: datetime | None
    first: str


@dataclass(frozen=True)
class Connection:
    """A connection to PostgreSQL.

    Attributes:
        name: its application name.
        silent: for how long nothing was asked over it.
    """

    name: str
    silent: timedelta


@dataclass(frozen=True)
class Session:
    """A session that holds locks in a transaction.

    Attributes:
        name: its application name; "" if it gives none, or we may not see it.
        user: its role.
        open_for: how long its transaction has been open.
    """

    pid: int
    name: str
    user: str
    open_for: timedelta


@dataclass(frozen=True)
class Missing:
    """Records that are gone before they were read: an open task of somebody's."""

    task: str
    sender: str
    first: int
    last: int
    why: str


async def untold(conn: AsyncConnection) -> Waiting:
    """Facts that their workflow does not know yet, by the moment when we knew them."""
    of = facts.c.state == FactState.NUMBERED, facts.c.told_at.is_(None)
    return await _waiting(conn, _oldest(facts.c.known_at, facts.c.fact_id).where(*of))


async def left_behind(conn: AsyncConnection, at_most: int) -> list[str]:
    """Cases that are not told while others are, the longest waiting first: Temporal works, the trouble is theirs."""
    return list(await conn.scalars(text(_LEFT_BEHIND), {"at_most": at_most}))


async def standing_still(conn: AsyncConnection, before: datetime) -> Waiting:
    """Open cases that were told something before this moment, and no milestone came of it; `first` is a case's id."""
    next_fact = (facts.c.case_id == cases.c.case_id) & (facts.c.number == cases.c.acted + 1)
    of = cases.c.closed_at.is_(None), cases.c.acted < cases.c.facts, facts.c.told_at < before
    written = select(timeline.c.seq).where(timeline.c.case_id == cases.c.case_id, timeline.c.key.like(_ENDS_IN_NUMBER))
    still = select(facts.c.told_at, cases.c.case_id).join_from(cases, facts, next_fact).where(*of, ~written.exists())
    oldest = still.subquery()
    first = func.array_agg(aggregate_order_by(oldest.c.case_id, oldest.c.told_at))[1]
    return await _waiting(conn, select(func.count(), func.min(oldest.c.told_at), first))


async def unsent(conn: AsyncConnection) -> Waiting:
    """Letters that wait in the outbox, by the moment of what they tell."""
    return await _waiting(conn, _oldest(outbox.c.occurred_at, outbox.c.outbox_id).where(*_UNSENT))


async def unsent_to(conn: AsyncConnection, before: datetime) -> list[str]:
    """The institutions whose letters have waited since before this moment, the longest first."""
    oldest = func.min(outbox.c.occurred_at)
    waiting = select(outbox.c.receiver).where(*_UNSENT).group_by(outbox.c.receiver)
    return list(await conn.scalars(waiting.having(oldest < before).order_by(oldest)))


async def unsettled(conn: AsyncConnection) -> Waiting:
    """Parked records that nobody has tried again or dropped."""
    counted = _oldest(parked.c.parked_at, parked.c.parked_id)
    return await _waiting(conn, counted.where(parked.c.state == ParkedState.PARKED))


async def overdue(conn: AsyncConnection, now: datetime) -> Waiting:
    """Open tasks whose time is over."""
    of = tasks.c.closed_at.is_(None), tasks.c.due_at <= now
    return await _waiting(conn, _oldest(tasks.c.due_at, tasks.c.task_id).where(*of))


async def open_cases(conn: AsyncConnection) -> int:
    """Cases that are not closed."""
    return int(await conn.scalar(select(func.count()).select_from(cases).where(cases.c.closed_at.is_(None))) or 0)


async def open_cases_with(conn: AsyncConnection, party: str) -> int:
    """How many open cases have an institution as a party: it told something, surveys, or gives a service."""
    ids = union(
        select(facts.c.case_id).where(facts.c.sender == party, facts.c.case_id.is_not(None)),
        select(assessments.c.case_id).where(assessments.c.assessor == party),
        select(referrals.c.case_id).where(referrals.c.provider == party, referrals.c.state.in_(OPEN)),
    ).subquery()
    parties = select(func.count()).where(cases.c.closed_at.is_(None), cases.c.case_id.in_(select(ids.c.case_id)))
    return int(await conn.scalar(parties) or 0)


async def open_cases_of_others(conn: AsyncConnection, profile: str) -> dict[str, int]:
    """How many open cases began under another profile than this, by the code of theirs."""
    others = select(cases.c.profile, func.count()).where(cases.c.closed_at.is_(None), cases.c.profile != profile)
    found = await conn.execute(others.group_by(cases.c.profile).order_by(cases.c.profile))
    return {row.profile: int(row[1]) for row in found}


async def begun_cases(conn: AsyncConnection) -> int:
    """How many open cases their workflow was told of: each has one that runs."""
    return int(await conn.scalar(_begun().with_only_columns(func.count())) or 0)


async def begun_case_ids(conn: AsyncConnection) -> set[str]:
    """The same, by id."""
    return set(await conn.scalars(_begun()))


def _begun() -> Select[str]:
    told = select(facts.c.fact_id).where(facts.c.case_id == cases.c.case_id, facts.c.told_at.is_not(None))
    return select(cases.c.case_id).where(cases.c.closed_at.is_(None), told.exists())


async def clock(conn: AsyncConnection) -> datetime:
    """The database server's own clock, now: not the moment when the transaction began."""
    moment: datetime = (await conn.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return moment


async def connected(conn: AsyncConnection, prefix: str) -> list[Connection]:
    """The open connections whose application name begins with a prefix, by name."""
    found = await conn.execute(
        text(
            "SELECT application_name, coalesce(clock_timestamp() - state_change, interval '0') FROM pg_stat_activity "
            "WHERE datname = current_database() AND starts_with(application_name, :prefix) ORDER BY 1"
        ),
        {"prefix": prefix},
    )
    return [Connection(*row) for row in found]


async def blocking(conn: AsyncConnection, table: str | None = None) -> list[Session]:
    """Sessions that have held locks on rows, of a table or of any, for more than two seconds, the longest first."""
    found = await conn.execute(
        text(
            "SELECT pid, coalesce(application_name, ''), coalesce(usename, ''), clock_timestamp() - xact_start "
            "FROM pg_stat_activity AS session WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend' AND xact_start < clock_timestamp() - interval '2 seconds' "
            "AND EXISTS (SELECT FROM pg_locks AS held WHERE held.pid = session.pid AND granted "
            "AND locktype = 'relation' AND (mode LIKE 'Row%' OR mode LIKE '%Exclusive%') "
            "AND (CAST(:table AS text) IS NULL OR relation = to_regclass(:table))) ORDER BY xact_start"
        ),
        {"table": table},
    )
    return [Session(*row) for row in found]


async def missing_records(conn: AsyncConnection) -> list[Missing]:
    """Open tasks about records that are gone, the oldest first."""
    wanted = tasks.c.kind == RECORDS_MISSING, tasks.c.closed_at.is_(None)
    rows = await conn.execute(select(tasks.c.task_id, tasks.c.about).where(*wanted).order_by(tasks.c.opened_at))
    return [Missing(row.task_id, *(row.about[name] for name in ("sender", "first", "last", "why"))) for row in rows]


async def held(conn: AsyncConnection) -> Waiting:
    """Partitions that are held at a record."""
    counted = _oldest(offsets_due.c.held_since, offsets_due.c.topic)
    return await _waiting(conn, counted.where(offsets_due.c.held_since.is_not(None)))


async def missing(conn: AsyncConnection) -> Waiting:
    """Open tasks about records that are gone."""
    of = tasks.c.closed_at.is_(None), tasks.c.kind == RECORDS_MISSING
    return await _waiting(conn, _oldest(tasks.c.opened_at, tasks.c.task_id).where(*of))


async def opens(conn: AsyncConnection, vault: Vault) -> bool | None:
    """Whether this master key opens what the database holds sealed; None: nothing is sealed yet."""
    for newest in (_NEWEST_PERSON, _NEWEST_PARKED, _NEWEST_FACT):
        row = (await conn.execute(newest)).one_or_none()
        if row is not None:
            return _opens(vault, _Sealed(*row))
    return None


@dataclass(frozen=True)
class _Sealed:
    """A sealed value: a person's key, or something that the vault's own key seals.

    Attributes:
        person: whose key it is; "" if it is no person's key.
        purpose: what the value was sealed for; "" of a person's key.
    """

    person: str
    purpose: str
    content: bytes


_NEWEST_PERSON = (
    select(persons.c.person_id, literal(""), persons.c.key_sealed)
    .where(persons.c.key_sealed.is_not(None))
    .order_by(persons.c.created_at.desc())
    .limit(1)
)
_NEWEST_PARKED = (
    select(literal(""), literal("parked"), parked.c.raw_sealed)
    .where(parked.c.raw_sealed.is_not(None))
    .order_by(parked.c.parked_id.desc())
    .limit(1)
)
_NEWEST_FACT = (
    select(literal(""), literal("fact"), facts.c.content_sealed)
    .where(facts.c.content_sealed.is_not(None), facts.c.person_id.is_(None))
    .order_by(facts.c.fact_id.desc())
    .limit(1)
)


def _opens(vault: Vault, sealed: _Sealed) -> bool:
    try:
        if sealed.person:
            vault.key(sealed.person, sealed.content)
        else:
            vault.own.open(sealed.purpose, sealed.content)
    except SealBrokenError:
        return False
    return True


def _oldest(since: Column[object], first: Column[int] | Column[str]) -> Select[int, object, object]:
    return select(func.count(), func.min(since), func.min(first))


async def _waiting(conn: AsyncConnection, counted: Select[int, object, object]) -> Waiting:
    """Run a query for how many wait, the oldest's moment, and its number or id."""
    count, since, first = (await conn.execute(counted)).one()
    return Waiting(count, since if isinstance(since, datetime) else None, "" if first is None else str(first))
