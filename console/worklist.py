"""What waits for a person: the tasks of all cases, or of one."""

from typing import Any

from console.connections import Connections
from console.errors import NotFoundError, UsageError
from handoff.store.queries import reads
from handoff.worklist.next_action import OpenTask


async def open_tasks(connections: Connections, *, owner: str = "", case: str | None = None) -> list[OpenTask]:
    """Open tasks, overdue first, then by due moment.

    Raises:
        UsageError: the municipality has no such owner.
        NotFoundError: there is no such case.
    """
    now = connections.now()
    async with connections.engine.connect() as conn:
        found = [task for task in await reads.open_tasks(conn, now, case) if owner in ("", task.owner)]
        if case and not found and await reads.case(conn, case) is None:
            raise NotFoundError(f"There is no case {case}; `handoff cases --all` lists them.")
    if owner and not found and owner not in connections.profile.owners:
        raise UsageError(f"Nobody is called {owner!r}. Tasks belong to: {', '.join(connections.profile.owners)}.")
    return found


def content(task: OpenTask, connections: Connections) -> dict[str, Any]:
    """A task as JSON has it: with the commands that answer it."""
    now = connections.now()
    first, *others = (connections.to_type(command) for command in task.commands(now))
    return {
        "task": task.task,
        "case": task.case or None,
        "kind": task.kind,
        "owner": task.owner,
        "due_at": task.due_at.isoformat(),
        "overdue": task.due_at <= now,
        "do": first,
        "or": others,
        "subject": task.subject,
        "about": dict(task.about),
    }
