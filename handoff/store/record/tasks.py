"""The tasks of a case: at most one open task for each kind and subject."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handoff.store.record.row_set import RowSet
from handoff.store.tables import tasks


@dataclass
class TaskRow:
    """One task. `about`: codes of what to settle."""

    task_id: str
    case_id: str
    kind: str
    owner: str
    opened_at: datetime
    due_at: datetime
    subject: str = ""
    fact_id: int | None = None
    about: dict[str, Any] = field(default_factory=dict)
    escalated_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str = ""


WAITING = "death"  # who closed a task that waits for a death or a restriction; it is opened again if that ends


class Tasks(RowSet[TaskRow]):
    """The open tasks of one case, and those that wait, if they were read."""

    table, row = tasks, TaskRow
    where = "case_id = $1 AND closed_at IS NULL ORDER BY opened_at, task_id"

    def open(self) -> dict[tuple[str, str], TaskRow]:
        """All open tasks by kind and subject."""
        return {(task.kind, task.subject): task for task in self if task.closed_at is None}

    def waiting(self) -> dict[tuple[str, str], TaskRow]:
        """The tasks that wait because of a death or a restriction, by kind and subject."""
        return {(task.kind, task.subject): task for task in self if task.closed_by == WAITING}
