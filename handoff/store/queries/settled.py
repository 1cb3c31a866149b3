"""Closes tasks without an open case. A closed case gets a row in its timeline."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.intake import tasks, timeline
from handoff.store.intake.timeline import Happened
from handoff.store.tables import cases
from handoff.vocabulary.words import MilestoneName
from handoff.worklist.next_action import OpenTask

WHAT = MilestoneName.TASK_SETTLED


async def close(conn: AsyncConnection, task: OpenTask, who: str, now: datetime) -> None:
    """Close a task that belongs to no running workflow."""
    if task.case:
        given = update(cases).where(cases.c.case_id == task.case).values(entries=cases.c.entries + 1)
        seq = await conn.scalar(given.returning(cases.c.entries)) or 0
        key = f"{WHAT}:{task.task}"
        entry = Happened(task.case, seq, key, WHAT, who, now, why=task.kind, subject=task.task)
        await timeline.add(conn, [entry], now)
    await tasks.close(conn, task.task, who, now)
