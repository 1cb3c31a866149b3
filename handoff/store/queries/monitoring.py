"""Questions of operators: what waits and since when, whether the key fits, who is connected."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Select, func, literal, select, text, union
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.intake.tasks import RECORDS_MISSING
from handoff.store.queries.reads import overdue_tasks
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

# `numbered` is a literal, so that PostgreSQL uses the partial index with this condition.
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
_ENDS_IN_NUMBER = func.concat("%#", facts.c.number)  # rows from older workers, which do not set `acted`
_UNSENT = outbox.c.sent_at.is_(None), outbox.c.undeliverable_at.is_(None)


@dataclass(frozen=True)
class Waiting:
    """What waits, of one kind.

    Attributes:
        count: how many.
        since: moment of the oldest; None if none waits.
        first: number or id of the oldest; "" if none waits.
    """

    count: int
    since: datetime | None
    first: str


@dataclass(frozen=True)
class Connection:
    """A connection to PostgreSQL.

    Attributes:
        name: its application name.
        silent: how long ago its last query was.
    """

    name: str
    silent: timedelta


@dataclass(frozen=True)
class Session:
    """A session that holds locks in a transaction.

    Attributes:
        name: its application name; "" if it has none, or we have no right to see it.
        user: its database role.
        open_for: how long its transaction has been open.
    """

    pid: int
    name: str
    user: str
    open_for: timedelta


@dataclass(frozen=True)
class Missing:
    """Records that Kafka lost before they were read, from an open task."""

    task: str
    sender: str
    first: int
    last: int
    why: str


async def untold(conn: AsyncConnection) -> Waiting:
    """Facts that were not delivered to their workflow yet, by the moment when they came."""
    of = facts.c.state == FactState.NUMBERED, facts.c.told_at.is_(None)
    return await _waiting(conn, _oldest(facts.c.known_at, facts.c.fact_id).where(*of))


async def left_behind(conn: AsyncConnection, at_most: int) -> list[str]:
    """Cases whose facts are not delivered although newer facts of other cases are, the longest waiting first."""
    return list(await conn.scalars(text(_LEFT_BEHIND), {"at_most": at_most}))


async def standing_still(conn: AsyncConnection, before: datetime) -> Waiting:
    """Open cases that got a fact before this moment and wrote no milestone for it. `first` is the id of a case."""
    next_fact = (facts.c.case_id == cases.c.case_id) & (facts.c.number == cases.c.acted + 1)
    of = cases.c.closed_at.is_(None), cases.c.acted < cases.c.facts, facts.c.told_at < before
    written = select(timeline.c.seq).where(timeline.c.case_id == cases.c.case_id, timeline.c.key.like(_ENDS_IN_NUMBER))
    still = select(facts.c.told_at, cases.c.case_id).join_from(cases, facts, next_fact).where(*of, ~written.exists())
    oldest = still.subquery()
    first = func.array_agg(aggregate_order_by(oldest.c.case_id, oldest.c.told_at))[1]
    return await _waiting(conn, select(func.count(), func.min(oldest.c.told_at), first))


async def unsent(conn: AsyncConnection) -> Waiting:
    """Letters that wait in the outbox, by the moment that they report."""
    return await _waiting(conn, _oldest(outbox.c.occurred_at, outbox.c.outbox_id).where(*_UNSENT))


async def unsent_to(conn: AsyncConnection, before: datetime) -> list[str]:
    """The institutions whose letters have waited since before this moment, the longest first."""
    oldest = func.min(outbox.c.occurred_at)
    waiting = select(outbox.c.receiver).where(*_UNSENT).group_by(outbox.c.receiver)
    return list(await conn.scalars(waiting.having(oldest < before).order_by(oldest)))


async def unsettled(conn: AsyncConnection) -> Waiting:
    """Records that are still parked."""
    counted = _oldest(parked.c.parked_at, parked.c.parked_id)
    return await _waiting(conn, counted.where(parked.c.state == ParkedState.PARKED))


async def overdue(conn: AsyncConnection, now: datetime) -> Waiting:
    """Open tasks that are overdue, without those that rest."""
    late = await overdue_tasks(conn, now)
    return Waiting(len(late), late[0].due_at if late else None, late[0].task if late else "")


async def open_cases(conn: AsyncConnection) -> int:
    """Cases that are not closed."""
    return int(await conn.scalar(select(func.count()).select_from(cases).where(cases.c.closed_at.is_(None))) or 0)


async def open_cases_with(conn: AsyncConnection, party: str) -> int:
    """How many open cases an institution is a party to: it sent a fact, assesses, or has an open offer."""
    ids = union(
        select(facts.c.case_id).where(facts.c.sender == party, facts.c.case_id.is_not(None)),
        select(assessments.c.case_id).where(assessments.c.assessor == party),
        select(referrals.c.case_id).where(referrals.c.provider == party, referrals.c.state.in_(OPEN)),
    ).subquery()
    parties = select(func.count()).where(cases.c.closed_at.is_(None), cases.c.case_id.in_(select(ids.c.case_id)))
    return int(await conn.scalar(parties) or 0)


async def open_cases_of_others(conn: AsyncConnection, profile: str) -> dict[str, int]:
    """How many open cases began under another profile, by the code of that profile."""
    others = select(cases.c.profile, func.count()).where(cases.c.closed_at.is_(None), cases.c.profile != profile)
    rows = await conn.execute(others.group_by(cases.c.profile).order_by(cases.c.profile))
    return {row.profile: int(row[1]) for row in rows}


async def begun_cases(conn: AsyncConnection) -> int:
    """How many open cases have a workflow: at least one of their facts was delivered."""
    return int(await conn.scalar(_begun().with_only_columns(func.count())) or 0)


async def begun_case_ids(conn: AsyncConnection) -> set[str]:
    """The same, by id."""
    return set(await conn.scalars(_begun()))


def _begun() -> Select[str]:
    begun_facts = select(facts.c.fact_id).where(facts.c.case_id == cases.c.case_id, facts.c.told_at.is_not(None))
    return select(cases.c.case_id).where(cases.c.closed_at.is_(None), begun_facts.exists())


async def clock(conn: AsyncConnection) -> datetime:
    """The current time of the database server, not the time when the transaction began."""
    moment: datetime = (await conn.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return moment


async def connected(conn: AsyncConnection, prefix: str) -> list[Connection]:
    """The open connections whose application name begins with a prefix, by name."""
    rows = await conn.execute(
        text(
            "SELECT application_name, coalesce(clock_timestamp() - state_change, interval '0') FROM pg_stat_activity "
            "WHERE datname = current_database() AND starts_with(application_name, :prefix) ORDER BY 1"
        ),
        {"prefix": prefix},
    )
    return [Connection(*row) for row in rows]


async def blocking(conn: AsyncConnection, table: str | None = None) -> list[Session]:
    """Sessions that have held row locks for more than two seconds, in one table or in any, the longest first."""
    rows = await conn.execute(
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
    return [Session(*row) for row in rows]


async def missing_records(conn: AsyncConnection) -> list[Missing]:
    """Records that Kafka lost before they were read, the oldest task first."""
    conditions = tasks.c.kind == RECORDS_MISSING, tasks.c.closed_at.is_(None)
    rows = await conn.execute(select(tasks.c.task_id, tasks.c.about).where(*conditions).order_by(tasks.c.opened_at))
    return [Missing(row.task_id, *(row.about[name] for name in ("sender", "first", "last", "why"))) for row in rows]


async def held(conn: AsyncConnection) -> Waiting:
    """Partitions that are held at a record."""
    counted = _oldest(offsets_due.c.held_since, offsets_due.c.topic)
    return await _waiting(conn, counted.where(offsets_due.c.held_since.is_not(None)))


async def missing(conn: AsyncConnection) -> Waiting:
    """Open tasks about records that Kafka lost."""
    of = tasks.c.closed_at.is_(None), tasks.c.kind == RECORDS_MISSING
    return await _waiting(conn, _oldest(tasks.c.opened_at, tasks.c.task_id).where(*of))


async def opens(conn: AsyncConnection, vault: Vault) -> bool | None:
    """Whether this master key opens the sealed data of the database; None: nothing is sealed yet."""
    for newest in (_NEWEST_PERSON, _NEWEST_PARKED, _NEWEST_FACT):
        row = (await conn.execute(newest)).one_or_none()
        if row is not None:
            return _opens(vault, _Sealed(*row))
    return None


@dataclass(frozen=True)
class _Sealed:
    """A sealed value: a person's key, or a value that the vault's own key seals.

    Attributes:
        person: id of the person whose key it is; "" for other values.
        purpose: what the value was sealed for; "" for a person's key.
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
    """Run a query for the number of waiting rows, and moment and id of the oldest."""
    count, since, first = (await conn.execute(counted)).one()
    return Waiting(count, since if isinstance(since, datetime) else None, "" if first is None else str(first))
