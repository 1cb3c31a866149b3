"""What people read: tasks, cases, one case. Only the log of identity reads is written here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy import case as case_of
from sqlalchemy import exists as sql_exists
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.profile.model import Profile
from handoff.store import joins, tables
from handoff.store.joins import CaseJoin
from handoff.store.queries.delivered import CaseDelivered, delivered_of_cases
from handoff.store.queries.stored import (
    StoredCase,
    StoredCheck,
    StoredClock,
    StoredLine,
    StoredMilestone,
    StoredPlan,
    StoredReferral,
    StoredVisit,
)
from handoff.store.record.tasks import WAITING
from handoff.store.tables import cases, clocks, tasks
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.outcomes import WithdrawalReason
from handoff.worklist.next_action import Next, OpenTask, RunningClock, resting
from handoff.worklist.next_action import following as due_first
from handoff.worklist.task_kinds import URGENT

_Owned = TypeVar("_Owned", OpenTask, RunningClock)

# A task that waits for a death or a restriction is stored as closed, and rests. Nobody is to be led to a household in
# which a death was told: tasks that ask to contact it are not listed meanwhile.
_AT_HOME = [kind for kind in TaskKind if kind.row.household]
_WAITS = and_(
    tasks.c.closed_by == WAITING,
    cases.c.closed_at.is_(None),
    cases.c.closing == "",
    or_(cases.c.death == "", tasks.c.kind.not_in(_AT_HOME)),
)
_WAITS_FOR = case_of((cases.c.death != "", WithdrawalReason.DIED), else_=WithdrawalReason.ACCESS_RESTRICTED)

# The columns stand in the order of the fields of `OpenTask` and `RunningClock`.
_TASKS = (
    select(
        tasks.c.task_id,
        func.coalesce(tasks.c.case_id, ""),
        tasks.c.kind,
        tasks.c.owner,
        tasks.c.opened_at,
        tasks.c.due_at,
        tasks.c.subject,
        tasks.c.about,
        tasks.c.escalated_at,
        cases.c.support_began_at.is_not(None),
        case_of((_WAITS, _WAITS_FOR), else_=""),
    )
    .join_from(tasks, cases, isouter=True)
    .where(or_(tasks.c.closed_at.is_(None), _WAITS))
)
_RUNNING_CLOCKS = select(
    clocks.c.case_id,
    clocks.c.name,
    clocks.c.owner,
    clocks.c.started_at,
    clocks.c.due_at,
    clocks.c.subject,
    clocks.c.warn_at,
    clocks.c.pauses,
).where(clocks.c.ended_at.is_(None))


@dataclass(frozen=True)
class CaseRead:
    """One case in a list, with the next action; `end` is `reason-N` or `outcome-X` once it is closed.

    Attributes:
        overdue: whether anything of it is overdue.
        next_overdue: whether the next action is.
        lost: how it lost its workflow, a `WorkflowLoss`; "": it has it.
    """

    case: str
    stage: str
    opened_at: datetime
    discharged_at: datetime | None
    expected_at: datetime | None
    closed_at: datetime | None
    end: str
    overdue: bool
    next: Next | None
    delivered: CaseDelivered
    lost: str = ""
    lost_at: datetime | None = None
    joined_into: str = ""  # the case that goes on in its place
    next_overdue: bool = False


@dataclass(frozen=True)
class CaseWhole:
    """Everything that the record has about one case, without the person's identity.

    Attributes:
        tasks: the open tasks, overdue first, then by due time.
        clocks: the running clocks, by due time.
        stopped: the clocks that were stopped.
        plans: every version, the oldest first.
        told: of each event its codes and numbers, by the name of the event within the case.
        joins: with other cases of the person, also those that were undone, the oldest first.
        lines: by id. The other rows are sorted by their moment, the timeline by its numbers.
    """

    case: StoredCase
    tasks: list[OpenTask]
    clocks: list[RunningClock]
    stopped: list[StoredClock]
    plans: list[StoredPlan]
    lines: list[StoredLine]
    referrals: list[StoredReferral]
    visits: list[StoredVisit]
    checks: list[StoredCheck]
    timeline: list[StoredMilestone]
    told: Mapping[str, Mapping[str, object]]
    joins: Sequence[CaseJoin] = ()


async def case(conn: AsyncConnection, case_id: str) -> StoredCase | None:
    """The row of a case; None: there is no such case."""
    return next(iter(await StoredCase.of_cases(conn, [case_id])), None)


async def person_of(conn: AsyncConnection, case_id: str) -> str | None:
    """The id of the person whom a case is about."""
    person: str | None = await conn.scalar(select(tables.cases.c.person_id).where(tables.cases.c.case_id == case_id))
    return person


async def exists(conn: AsyncConnection, subject: str) -> bool:
    """Whether there is a case, line, offer, visit, check or task with this id."""
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
    """Open tasks of one case or of all: urgent ones, overdue ones, then by due time. Those that rest are the last.

    Before them come the cases that lost their workflow: no limit of theirs runs.
    """
    listed = await _tasks(conn, *([tasks.c.case_id == case_id] if case_id else []), case_id=case_id)
    return sorted(listed, key=lambda task: _place(task, now))


def _place(task: OpenTask, now: datetime) -> tuple[bool, bool, bool, bool, datetime]:
    urgent = bool(task.about.get(URGENT))
    return task.kind != TaskKind.REBUILD_CASE, bool(task.rests), not urgent, not task.overdue(now), task.due_at


async def overdue_tasks(conn: AsyncConnection, now: datetime) -> list[OpenTask]:
    """The overdue tasks of all cases, by due time."""
    return [task for task in await _tasks(conn, tasks.c.due_at <= now) if task.overdue(now)]


async def _tasks(conn: AsyncConnection, *where: ColumnElement[bool], case_id: str | None = None) -> list[OpenTask]:
    """The open tasks for which all conditions hold, by due time. Those whose clocks stand still rest."""
    rows = await conn.execute(_TASKS.where(*where).order_by(tasks.c.due_at, tasks.c.task_id))
    return resting([OpenTask(*row) for row in rows], await _clocks_of_standing_cases(conn, case_id))


async def _clocks_of_standing_cases(conn: AsyncConnection, case_id: str | None) -> list[RunningClock]:
    """The running clocks of the cases in which a clock stands still: of one case, or of all."""
    standing = select(clocks.c.case_id).where(clocks.c.ended_at.is_(None), clocks.c.pauses.contains([{"until": None}]))
    chosen = _RUNNING_CLOCKS.where(
        clocks.c.case_id.in_(standing.where(clocks.c.case_id == case_id) if case_id else standing)
    )
    return [RunningClock(*row) for row in await conn.execute(chosen)]


async def task(conn: AsyncConnection, task_id: str) -> OpenTask | None:
    """One open task; None: there is no such task, or it is closed."""
    row = (await conn.execute(_TASKS.where(tasks.c.task_id == task_id, tasks.c.closed_at.is_(None)))).one_or_none()
    return OpenTask(*row) if row else None


async def running_clocks(conn: AsyncConnection, case_id: str | None = None) -> list[RunningClock]:
    """Clocks of one case or of all that have not ended, by due time."""
    chosen = _RUNNING_CLOCKS.where(clocks.c.case_id == case_id) if case_id else _RUNNING_CLOCKS
    rows = await conn.execute(chosen.order_by(clocks.c.due_at, clocks.c.name))
    return [RunningClock(*row) for row in rows]


async def next_of(conn: AsyncConnection, case_id: str, now: datetime) -> Next | None:
    """The next action of a case: what, by whom, until when."""
    return due_first(await open_tasks(conn, now, case_id), await running_clocks(conn, case_id), now)


async def all_cases(conn: AsyncConnection, now: datetime, profile: Profile, *, closed: bool) -> list[CaseRead]:
    """Cases by the due time of their next action, overdue ones first. With `closed` also closed ones, last."""
    rows = await StoredCase.read(conn, *([] if closed else [cases.c.closed_at.is_(None)]))
    tasks = _by_case(await open_tasks(conn, now))
    clocks = _by_case(await running_clocks(conn))
    delivered = await delivered_of_cases(conn, [row.case_id for row in rows], profile)
    listed = [
        _case_read(row, _Parts(tasks.get(row.case_id, []), clocks.get(row.case_id, []), delivered[row.case_id]), now)
        for row in rows
    ]
    return sorted(listed, key=_urgency)


async def whole(conn: AsyncConnection, case_id: str, now: datetime) -> CaseWhole | None:
    """Everything about one case; None: there is no such case."""
    row = await case(conn, case_id)
    if row is None:
        return None
    return CaseWhole(
        case=row,
        tasks=await open_tasks(conn, now, case_id),
        clocks=await running_clocks(conn, case_id),
        stopped=[row for row in await StoredClock.of_cases(conn, [case_id], "due_at") if row.ended_at],
        plans=await StoredPlan.of_cases(conn, [case_id], "version"),
        lines=await StoredLine.of_cases(conn, [case_id], "line_id"),
        referrals=await StoredReferral.of_cases(conn, [case_id], "offered_at"),
        visits=await StoredVisit.of_cases(conn, [case_id], "planned_at"),
        checks=await StoredCheck.of_cases(conn, [case_id], "planned_at"),
        timeline=await timeline(conn, case_id),
        told=await _told(conn, case_id),
        joins=await joins.of_case(conn, case_id),
    )


async def _told(conn: AsyncConnection, case_id: str) -> dict[str, Mapping[str, object]]:
    facts = tables.facts.c
    rows = await conn.execute(
        select(facts.kind, facts.number, facts.fact_id, facts.body).where(facts.case_id == case_id)
    )
    return {f"{kind}#{number}" if number else f"{kind}#a{fact}": body for kind, number, fact, body in rows}


async def timeline(conn: AsyncConnection, case_id: str) -> list[StoredMilestone]:
    """What happened to a case, in order."""
    return await StoredMilestone.of_cases(conn, [case_id], "seq")


def _by_case(rows: Iterable[_Owned]) -> dict[str, list[_Owned]]:
    grouped: dict[str, list[_Owned]] = {}
    for row in rows:
        grouped.setdefault(row.case, []).append(row)
    return grouped


@dataclass(frozen=True)
class _Parts:
    tasks: list[OpenTask]
    clocks: list[RunningClock]
    delivered: CaseDelivered


def _case_read(row: StoredCase, parts: _Parts, now: datetime) -> CaseRead:
    tasks, clocks = parts.tasks, parts.clocks
    late = any(task.overdue(now) for task in tasks) or any(c.due_at <= now and not c.stands for c in clocks)
    following = None if row.closed_at else due_first(tasks, clocks, now)
    return CaseRead(
        case=row.case_id,
        stage=row.stage,
        opened_at=row.opened_at,
        discharged_at=row.discharged_at,
        expected_at=row.expected_at,
        closed_at=row.closed_at,
        end=row.end,
        overdue=late and row.closed_at is None,
        next=following,
        delivered=parts.delivered,
        lost=row.loss,
        lost_at=row.lost_at if row.loss else None,
        joined_into=row.joined_into or "",
        next_overdue=bool(following and following.due_at <= now),
    )


def _urgency(read: CaseRead) -> tuple[bool, bool, datetime, str]:
    due = read.next.due_at if read.next else read.opened_at
    return read.closed_at is not None, not read.overdue, due, read.case
