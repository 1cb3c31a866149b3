"""Open cases that lost their workflow: the mark on the case's row, and the duty officer's task."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite, among, insert
from handoff.store.tables import cases, tasks
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.losses import WorkflowLoss
from handoff.vocabulary.states import Role


@dataclass(frozen=True)
class Loss:
    """How an open case lost its workflow.

    Attributes:
        first_run: id of the first of the runs that were lost; "": Temporal has none.
        task_id: id of the task that is opened for it.
    """

    case_id: str
    kind: WorkflowLoss
    first_run: str
    task_id: str


async def mark(conn: AsyncConnection, lost: Sequence[Loss], now: datetime) -> list[str]:
    """Note losses on the rows of open cases, and open a task each. Returns the cases whose mark is new or another."""
    new = []
    for loss in sorted(lost, key=lambda loss: loss.case_id):
        values = {"lost": loss.kind, "lost_at": now, "lost_run": loss.first_run}
        still = cases.c.case_id == loss.case_id, cases.c.closed_at.is_(None), cases.c.lost != loss.kind
        if (await conn.execute(update(cases).where(*still).values(values))).rowcount:
            new.append(loss)
    await insert(conn, RowsToWrite(tasks, [_task(loss, now) for loss in new], "once"))
    return [loss.case_id for loss in new]


async def clear(conn: AsyncConnection, case_ids: Collection[str], now: datetime, by: str) -> int:
    """Take the marks back: the workflows run. The tasks are closed. Returns how many cases were marked."""
    marked = among(cases.c.case_id, case_ids), cases.c.lost != ""
    taken_back = await conn.execute(update(cases).where(*marked).values(lost="", lost_at=None, lost_run=""))
    about = tasks.c.kind == TaskKind.REBUILD_CASE, among(tasks.c.case_id, case_ids), tasks.c.closed_at.is_(None)
    await conn.execute(update(tasks).where(*about).values(closed_at=now, closed_by=by))
    return taken_back.rowcount


def _task(loss: Loss, now: datetime) -> dict[str, object]:
    """It is due at once, since no clock of the case runs."""
    about = {"loss": loss.kind}
    due = {"opened_at": now, "due_at": now, "about": about}
    return {"task_id": loss.task_id, "case_id": loss.case_id, "kind": TaskKind.REBUILD_CASE, "subject": ""} | (
        due | {"owner": Role.DUTY_OFFICER}
    )
