"""The open tasks of all cases, or of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.connections import Connections
from console.errors import NotFoundError, UsageError
from handoff.store.queries import reads
from handoff.worklist.next_action import OpenTask


@dataclass(frozen=True)
class TaskView:
    """A task with the commands that answer it, ready to be typed.

    Attributes:
        do: the usual answer.
        others: the other answers.
    """

    task: OpenTask
    overdue: bool
    do: str
    others: Sequence[str]


async def open_tasks(connections: Connections, *, owner: str = "", case: str | None = None) -> list[TaskView]:
    """Open tasks, overdue first, then by due time. Those that rest are the last.

    Raises:
        UsageError: the profile has no such owner.
        NotFoundError: there is no such case.
    """
    now = connections.now()
    async with connections.engine.connect() as conn:
        tasks = [task for task in await reads.open_tasks(conn, now, case) if owner in ("", task.owner)]
        if case and not tasks and await reads.case(conn, case) is None:
            raise NotFoundError(f"There is no case {case}. `handoff cases --all` lists them.")
    if owner and not tasks and owner not in connections.profile.owners:
        raise UsageError(f"Unknown owner {owner!r}. Tasks belong to: {', '.join(connections.profile.owners)}.")
    return [task_view(task, connections) for task in tasks]


def task_view(task: OpenTask, connections: Connections) -> TaskView:
    """The view of a task now."""
    now = connections.now()
    first, *others = (connections.to_type(command) for command in task.commands(now))
    return TaskView(task, task.overdue(now), first, others)
