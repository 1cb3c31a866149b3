"""Open cases that lost their workflow: the mark on the case's row, and the duty officer's task."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite, among, insert
from handoff.store.record.tasks import WAITING
from handoff.store.tables import cases, facts, tasks, temporals
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.losses import WorkflowLoss
from handoff.vocabulary.states import FactState, Role
from handoff.vocabulary.words import EventKind
from handoff.worklist.task_kinds import URGENT

_ENGINE = "engine"  # who closes a task that waits, when a new one is opened
UNTOLD = "untold"  # in the task: the kinds of the facts that wait for the rebuild
_AT_ONCE = {EventKind.PERSON_DIED, EventKind.ADMISSION_OCCURRED}  # visits to the household go on until they are told
REBUILT_WITHIN = timedelta(hours=1)  # no clock of the case runs meanwhile
_TOLD = select(facts.c.fact_id).where(facts.c.case_id == cases.c.case_id, facts.c.told_at.is_not(None)).exists()
_CARRIED = cases.c.closed_at.is_(None), _TOLD  # it is open, and its workflow was started


@dataclass(frozen=True)
class Loss:
    """How an open case lost its workflow.

    Attributes:
        first_run: id of the first of the runs that were lost; "": Temporal has none.
        task_id: id of the task that is opened for it.
        was: the mark that it replaces; "": the case has none.
    """

    case_id: str
    kind: WorkflowLoss
    first_run: str
    task_id: str
    was: str = ""


@dataclass(frozen=True)
class Marked:
    """A case and its mark.

    Attributes:
        lost: the mark; "": its workflow runs, as far as the record knows.
        first_run: as in `Loss`.
        carried: whether a workflow should carry it: it is open, and a fact of it was delivered.
    """

    case_id: str
    lost: str
    first_run: str
    carried: bool


async def mark(conn: AsyncConnection, lost: Sequence[Loss], now: datetime) -> list[str]:
    """Note losses on the rows of open cases, and open a task each. Returns the cases that it marked.

    A case that has another mark meanwhile than `was` is left as it is.
    """
    noted = []
    for loss in sorted(lost, key=lambda loss: loss.case_id):
        values = {"lost": loss.kind, "lost_at": now, "lost_run": loss.first_run}
        still = cases.c.case_id == loss.case_id, cases.c.closed_at.is_(None), cases.c.lost == loss.was
        if (await conn.execute(update(cases).where(*still).values(values))).rowcount:
            noted.append(loss)
            mine = _tasks_of([loss.case_id])
            await conn.execute(update(tasks).where(*mine, tasks.c.closed_at.is_not(None)).values(closed_by=_ENGINE))
            await conn.execute(update(tasks).where(*mine, tasks.c.closed_at.is_(None)).values(about=_about(loss)))
    await insert(conn, RowsToWrite(tasks, [_task(loss, now) for loss in noted], "once"))
    await untold(conn, [loss.case_id for loss in noted], now)
    return [loss.case_id for loss in noted]


async def clear(conn: AsyncConnection, case_ids: Collection[str], now: datetime, by: str) -> int:
    """Take the marks back: the workflows run. The tasks are closed. Returns how many cases were marked."""
    was_marked = among(cases.c.case_id, case_ids), cases.c.lost != ""
    taken_back = await conn.execute(update(cases).where(*was_marked).values(lost="", lost_at=None, lost_run=""))
    await conn.execute(update(tasks).where(*_tasks_of(case_ids)).values(closed_at=now, closed_by=by))
    return taken_back.rowcount


async def untold(conn: AsyncConnection, case_ids: Collection[str], now: datetime) -> None:
    """Name in the tasks of lost cases the kinds of the facts that wait with them. A death or an admission is urgent."""
    if not case_ids:
        return
    stopped = among(cases.c.case_id, case_ids), cases.c.lost.not_in(("", WorkflowLoss.RESET))
    waits = facts.c.state == FactState.NUMBERED, facts.c.told_at.is_(None)
    listed = select(facts.c.case_id, facts.c.kind).join(cases, cases.c.case_id == facts.c.case_id)
    by_case: dict[str, set[str]] = {}
    for case_id, kind in await conn.execute(listed.where(*stopped, *waits).distinct()):
        by_case.setdefault(case_id, set()).add(kind)
    for case_id, kinds in sorted(by_case.items()):
        about = {UNTOLD: sorted(kinds)} | ({URGENT: True} if kinds & _AT_ONCE else {})
        due = func.least(tasks.c.due_at, now) if kinds & _AT_ONCE else tasks.c.due_at
        mine = update(tasks).where(*_tasks_of([case_id]), tasks.c.closed_at.is_(None))
        await conn.execute(mine.values(about=tasks.c.about.concat(about), due_at=due))


async def page(conn: AsyncConnection, after: str, at_most: int) -> list[Marked]:
    """Cases that a workflow should carry, by id, from the first one after the id `after`."""
    listed = _marks().where(*_CARRIED, cases.c.case_id > after).order_by(cases.c.case_id).limit(at_most)
    return [Marked(*row) for row in await conn.execute(listed)]


async def marked(conn: AsyncConnection, at_most: int) -> list[Marked]:
    """Cases that have a mark, by id. Some may be closed since."""
    listed = _marks().where(cases.c.lost != "").order_by(cases.c.case_id).limit(at_most)
    return [Marked(*row) for row in await conn.execute(listed)]


async def locked(conn: AsyncConnection, case_ids: Collection[str], *, wait: bool = False) -> list[Marked]:
    """These cases, locked until the transaction ends. Without `wait`, one that another transaction has is left out."""
    listed = _marks().where(among(cases.c.case_id, case_ids)).order_by(cases.c.case_id)
    return [Marked(*row) for row in await conn.execute(listed.with_for_update(skip_locked=not wait, of=cases))]


async def counted(conn: AsyncConnection) -> dict[str, int]:
    """How many open cases lost their workflow, by `WorkflowLoss`."""
    listed = select(cases.c.lost, func.count()).where(cases.c.lost != "", cases.c.closed_at.is_(None))
    return {row[0]: int(row[1]) for row in await conn.execute(listed.group_by(cases.c.lost).order_by(cases.c.lost))}


async def is_known(conn: AsyncConnection, identity: str) -> bool:
    """Whether the open cases were compared with this database of Temporal before."""
    return await conn.scalar(select(temporals.c.identity).where(temporals.c.identity == identity)) is not None


async def compared(conn: AsyncConnection, identity: str, now: datetime) -> None:
    """Note that all open cases were compared with this database of Temporal."""
    again = update(temporals).where(temporals.c.identity == identity).values(compared_at=now)
    if not (await conn.execute(again)).rowcount:
        await insert(conn, RowsToWrite(temporals, [{"identity": identity, "compared_at": now}], "once"))


def _marks() -> Select[str, str, str, bool]:
    return select(cases.c.case_id, cases.c.lost, cases.c.lost_run, (cases.c.closed_at.is_(None) & _TOLD))


def _tasks_of(case_ids: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    """The tasks that are open, or that an earlier build has let wait for a death: they must not open again later."""
    kind = tasks.c.kind == TaskKind.REBUILD_CASE
    return kind, among(tasks.c.case_id, case_ids), or_(tasks.c.closed_at.is_(None), tasks.c.closed_by == WAITING)


def _task(loss: Loss, now: datetime) -> dict[str, object]:
    owned = {"kind": TaskKind.REBUILD_CASE, "owner": Role.DUTY_OFFICER, "subject": ""}
    return {"task_id": loss.task_id, "case_id": loss.case_id, "opened_at": now, "due_at": now + REBUILT_WITHIN} | (
        owned | {"about": _about(loss)}
    )


def _about(loss: Loss) -> dict[str, str]:
    return {"loss": str(loss.kind)}
