"""The open tasks of all cases, or of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.connections import Connections
from console.errors import NotFoundError, UsageError
from console.running_help import RunningHelp, running_help
from handoff.store.queries import reads
from handoff.vocabulary.awaited import TaskKind
from handoff.worklist.next_action import OpenTask


@dataclass(frozen=True)
class TaskView:
    """A task with the commands that answer it, ready to be typed.

    Attributes:
        do: the usual answer.
        others: the other answers.
        ends: for a decision about a plan: the running help that a rejection would end.
    """

    task: OpenTask
    overdue: bool
    do: str
    others: Sequence[str]
    ends: Sequence[RunningHelp] = ()


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
    decisions = [task.case for task in tasks if task.kind == TaskKind.DECIDE]
    ends = {case_id: await running_help(connections, case_id) for case_id in decisions}
    return [task_view(task, connections, ends.get(task.case, ())) for task in tasks]


def task_view(task: OpenTask, connections: Connections, ends: Sequence[RunningHelp] = ()) -> TaskView:
    """The view of a task now. `ends`: the running help that the rejection of the case's plan would end."""
    now = connections.now()
    first, *others = (connections.to_type(command) for command in task.commands(now))
    return TaskView(task, task.overdue(now), first, others, ends if task.kind == TaskKind.DECIDE else ())
