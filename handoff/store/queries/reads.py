"""What people look at: tasks, cases, one case whole. Nothing is changed here, but for the log of who read what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, insert, or_, select
from sqlalchemy import exists as sql_exists
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store import tables
from handoff.worklist.next_action import Next, OpenTask, RunningClock
from handoff.worklist.next_action import following as due_first


@dataclass(frozen=True)
class CaseRead:
    """One case in a list, with the next action; `end` is `reason-N` or `outcome-X` once it is closed."""

    case: str
    stage: str
    opened_at: datetime
    discharged_at: datetime | None
    expected_at: datetime | None
    closed_at: datetime | None
    end: str
    overdue: bool
    next: Next | None


@dataclass(frozen=True)
class CaseWhole:
    """Everything the record has of one case, without whose it is.

    Attributes:
        case: the row of `cases`; the others are rows of their tables, in order.
    """

    case: Row[Any]
    tasks: list[OpenTask]
    clocks: list[RunningClock]
    plans: Sequence[Row[Any]]
    lines: Sequence[Row[Any]]
    referrals: Sequence[Row[Any]]
    visits: Sequence[Row[Any]]
    checks: Sequence[Row[Any]]
    timeline: Sequence[Row[Any]]


async def case(conn: AsyncConnection, case_id: str) -> Row[Any] | None:
    """The row of a case; None: there is none."""
    return (await conn.execute(select(tables.cases).where(tables.cases.c.case_id == case_id))).one_or_none()


async def person_of(conn: AsyncConnection, case_id: str) -> str | None:
    """The id of the person whom a case is about."""
    person: str | None = await conn.scalar(select(tables.cases.c.person_id).where(tables.cases.c.case_id == case_id))
    return person


async def exists(conn: AsyncConnection, subject: str) -> bool:
    """Whether there is a case, line, offer, visit, check or task of this id."""
    named = (
        tables.cases.c.case_id,
        tables.plan_lines.c.line_id,
        tables.referrals.c.offer_id,
        tables.visits.c.visit_id,
        tables.checks.c.check_id,
        tables.tasks.c.task_id,
    )
    return bool(await conn.scalar(select(or_(*(sql_exists().where(column == subject) for column in named)))))


async def open_tasks(conn: AsyncConnection, now: datetime, case_id: str | None = None) -> list[OpenTask]:
    """Open tasks of one case or of all: overdue first, then by due moment."""
    tasks, cases = tables.tasks, tables.cases
    wanted = [tasks.c.closed_at.is_(None)] + ([tasks.c.case_id == case_id] if case_id else [])
    rows = await conn.execute(
        select(tasks, cases.c.support_began_at)
        .join_from(tasks, cases, isouter=True)
        .where(*wanted)
        .order_by(tasks.c.due_at > now, tasks.c.due_at, tasks.c.task_id)
    )
    return [_task(row) for row in rows]


async def task(conn: AsyncConnection, task_id: str) -> OpenTask | None:
    """One open task; None: there is none of this id, or it is closed."""
    tasks, cases = tables.tasks, tables.cases
    rows = await conn.execute(
        select(tasks, cases.c.support_began_at)
        .join_from(tasks, cases, isouter=True)
        .where(tasks.c.task_id == task_id, tasks.c.closed_at.is_(None))
    )
    row = rows.one_or_none()
    return _task(row) if row else None


async def running_clocks(conn: AsyncConnection, case_id: str | None = None) -> list[RunningClock]:
    """Clocks of one case, or of all, that have not ended, by due moment."""
    clocks = tables.clocks
    wanted = [clocks.c.ended_at.is_(None)] + ([clocks.c.case_id == case_id] if case_id else [])
    rows = await conn.execute(select(clocks).where(*wanted).order_by(clocks.c.due_at, clocks.c.name))
    return [_clock(row) for row in rows]


async def next_of(conn: AsyncConnection, case_id: str, now: datetime) -> Next | None:
    """The next action of a case: what, whose, by when."""
    return due_first(await open_tasks(conn, now, case_id), await running_clocks(conn, case_id), now)


async def all_cases(conn: AsyncConnection, now: datetime, *, closed: bool) -> list[CaseRead]:
    """Cases by next due moment, those where something is overdue first; closed ones last, if they are wanted."""
    wanted = select(tables.cases)
    rows = await conn.execute(wanted if closed else wanted.where(tables.cases.c.closed_at.is_(None)))
    tasks = _by_case(await open_tasks(conn, now))
    clocks = _by_case(await running_clocks(conn))
    found = [_case_read(row, tasks.get(row.case_id, []), clocks.get(row.case_id, []), now) for row in rows]
    return sorted(found, key=_urgency)


async def whole(conn: AsyncConnection, case_id: str, now: datetime) -> CaseWhole | None:
    """Everything of one case; None: there is none."""
    row = await case(conn, case_id)
    if row is None:
        return None
    return CaseWhole(
        case=row,
        tasks=await open_tasks(conn, now, case_id),
        clocks=await running_clocks(conn, case_id),
        plans=await _of_case(conn, tables.plans, case_id, tables.plans.c.version),
        lines=await _of_case(conn, tables.plan_lines, case_id, tables.plan_lines.c.line_id),
        referrals=await _of_case(conn, tables.referrals, case_id, tables.referrals.c.offered_at),
        visits=await _of_case(conn, tables.visits, case_id, tables.visits.c.planned_at),
        checks=await _of_case(conn, tables.checks, case_id, tables.checks.c.planned_at),
        timeline=await timeline(conn, case_id),
    )


async def timeline(conn: AsyncConnection, case_id: str) -> Sequence[Row[Any]]:
    """What happened to a case, in order."""
    return await _of_case(conn, tables.timeline, case_id, tables.timeline.c.seq)


async def log_identity_read(conn: AsyncConnection, case_id: str, *, who: str, why: str, now: datetime) -> None:
    """Write down who looks at a person's identity, and why: before it is shown."""
    await conn.execute(insert(tables.reads).values(case_id=case_id, who=who, why=why, read_at=now))


async def _of_case(conn: AsyncConnection, table: Table, case_id: str, order: ColumnElement[Any]) -> Sequence[Row[Any]]:
    return (await conn.execute(select(table).where(table.c.case_id == case_id).order_by(order))).all()


def _by_case(rows: Sequence[Any]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.case, []).append(row)
    return grouped


def _case_read(row: Row[Any], tasks: list[OpenTask], clocks: list[RunningClock], now: datetime) -> CaseRead:
    late = any(task.due_at <= now for task in tasks) or any(c.due_at <= now and not c.stands for c in clocks)
    return CaseRead(
        case=row.case_id,
        stage=row.stage,
        opened_at=row.opened_at,
        discharged_at=row.discharged_at,
        expected_at=row.expected_at,
        closed_at=row.closed_at,
        end=end(row),
        overdue=late and row.closed_at is None,
        next=None if row.closed_at else due_first(tasks, clocks, now),
    )


def end(row: Row[Any]) -> str:
    """How a case ended: `reason-1` to `reason-5`, `outcome-X`, or "" while it is open."""
    if row.end_reason is not None:
        return f"reason-{row.end_reason}"
    return f"outcome-{row.outcome}" if row.outcome else ""


def _urgency(read: CaseRead) -> tuple[bool, bool, datetime, str]:
    due = read.next.due_at if read.next else read.opened_at
    return read.closed_at is not None, not read.overdue, due, read.case


def _task(row: Row[Any]) -> OpenTask:
    return OpenTask(
        task=row.task_id,
        case=row.case_id or "",
        kind=row.kind,
        owner=row.owner,
        opened_at=row.opened_at,
        due_at=row.due_at,
        subject=row.subject,
        about=row.about,
        escalated_at=row.escalated_at,
        support_began=row.support_began_at is not None,
    )


def _clock(row: Row[Any]) -> RunningClock:
    return RunningClock(
        case=row.case_id,
        name=row.name,
        owner=row.owner,
        started_at=row.started_at,
        due_at=row.due_at,
        subject=row.subject,
        warn_at=row.warn_at,
        pauses=row.pauses,
    )
