"""What waits for a person, as a list to start the day with."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handoff.store.queries import reads
from handoff.worklist.next_action import OpenTask
from workers.cli.order import Answer, NotFoundError, UsageError
from workers.cli.words import DUE_HEADS, entry
from workers.compose import Desk


async def list_tasks(desk: Desk, *, owner: str = "", case: str | None = None) -> Answer:
    """Open tasks, overdue first, then by due moment.

    Raises:
        UsageError: the municipality has no such owner.
        NotFoundError: there is no such case.
    """
    now = desk.now()
    async with desk.engine.connect() as conn:
        found = [task for task in await reads.open_tasks(conn, now, case) if owner in ("", task.owner)]
        if case and not found and await reads.case(conn, case) is None:
            raise NotFoundError(f"There is no case {case}; `handoff cases --all` lists them.")
    if owner and not found and owner not in desk.profile.owners:
        raise UsageError(f"Nobody is called {owner!r}. Tasks belong to: {', '.join(desk.profile.owners)}.")
    if not found:
        return Answer([], ["Nothing waits for anybody."])
    listed = [_task(task, desk) for task in found]
    lines = [
        entry(
            task.due_at,
            (f"{task.owner:<12}", task.case or "no case"),
            (task.asks, *_unclear(task), shown["do"], _others(shown["do"], shown["or"])),
            overdue=shown["overdue"],
        )
        for task, shown in zip(found, listed, strict=True)
    ]
    return Answer(listed, [DUE_HEADS, *lines])


def _task(task: OpenTask, desk: Desk) -> dict[str, Any]:
    now = desk.now()
    first, *others = (desk.to_type(command) for command in task.commands(now))
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


def _unclear(task: OpenTask) -> Iterator[str]:
    """Of what intake could not take: which message it is, for a call to its sender, and each thing to settle."""
    if task.about.get("message"):
        yield f"message {task.about['message']}"
    if task.kind == "type-not-yet-handled":
        yield _said({**task.about, "code": task.kind, "says": task.about.get("reason", "")})
    for each in task.about.get("settle", []):
        yield _said(each)


def _said(unclear: Mapping[str, str]) -> str:
    at = f" at {unclear['place']}" if unclear.get("place") else ""
    says = f": {unclear['says']}" if unclear.get("says") else ""
    return f"- {unclear.get('code', '')}{at}{says}"


def _others(first: str, others: Sequence[str]) -> str:
    """The other answers, of each only what is not as in the first."""
    about, tail = " ".join(first.split()[:3]) + " ", " --as " + first.partition(" --as ")[2]
    said = [other.removeprefix(about).removesuffix(tail) if other.startswith(about) else other for other in others]
    return f"or: {' | '.join(said)}" if said else ""
