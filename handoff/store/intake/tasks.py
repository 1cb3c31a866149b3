"""Intake's tasks: held notices, facts about closed cases, and trouble with records and letters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite, among, insert
from handoff.store.tables import tasks
from handoff.vocabulary.awaited import TaskKind

HELD_NOTICE = TaskKind.HELD_NOTICE  # a notice or another fact that a person has to settle
AFTER_CLOSING = TaskKind.AFTER_CLOSING  # a fact about a closed case
MOVED_AWAY = TaskKind.MOVED_AWAY  # a new address that is not in this municipality
NOT_YET_HANDLED = TaskKind.NOT_YET_HANDLED  # a known event type that the engine does not act on yet
RECORDS_MISSING = TaskKind.RECORDS_MISSING  # Kafka deleted or lost records before they were read
LETTER_UNDELIVERABLE = TaskKind.LETTER_UNDELIVERABLE  # a letter that can never be sent
LOST_IN_RESTORE = TaskKind.LOST_IN_RESTORE  # a person's action, or a whole case, that a restored record lacks
PARKED_OURS = TaskKind.PARKED_OURS  # a record that the engine fails to take


class NoSuchTaskError(Exception):
    """No open task has this id."""


@dataclass(frozen=True)
class Task:
    """Something a person has to do.

    Attributes:
        about: codes of what to settle; no personal data.
    """

    task_id: str
    kind: str
    owner: str
    opened_at: datetime
    due_at: datetime
    case_id: str | None = None
    subject: str = ""
    fact_id: int | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


async def add(conn: AsyncConnection, opened: Sequence[Task]) -> None:
    """Open tasks; those that are open already are skipped."""
    await insert(conn, RowsToWrite(tasks, [vars(task) for task in opened], "once"))


async def read(conn: AsyncConnection, task_id: str) -> Task:
    """One open task, locked until the transaction ends.

    Raises:
        NoSuchTaskError: no task has this id, or it is closed.
    """
    names = tuple(Task.__dataclass_fields__)
    rows = await conn.execute(
        select(*(tasks.c[name] for name in names))
        .where(tasks.c.task_id == task_id, tasks.c.closed_at.is_(None))
        .with_for_update()
    )
    row = rows.one_or_none()
    if row is None:
        raise NoSuchTaskError(f"no open task {task_id}: see `handoff tasks`")
    return Task(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


async def close(conn: AsyncConnection, task_id: str, who: str, now: datetime) -> None:
    """Note who settled a task, and when. Nothing, if it is closed already."""
    still_open = tasks.c.task_id == task_id, tasks.c.closed_at.is_(None)
    await conn.execute(update(tasks).where(*still_open).values(closed_at=now, closed_by=who))


async def close_parked(conn: AsyncConnection, numbers: Sequence[int], who: str, now: datetime) -> None:
    """Close the open tasks about parked records."""
    about = tasks.c.kind.in_((NOT_YET_HANDLED, PARKED_OURS)), among(tasks.c.subject, list(map(str, numbers)))
    await conn.execute(update(tasks).where(*about, tasks.c.closed_at.is_(None)).values(closed_at=now, closed_by=who))
