"""Tasks as a list to start the day with."""

from collections.abc import Iterator, Mapping, Sequence

from console.cli.order import Answer
from console.cli.output import DUE_HEADS, entry
from console.connections import Connections
from console.worklist import content
from handoff.vocabulary.words import TaskKind
from handoff.worklist.next_action import OpenTask


def listed(connections: Connections, tasks: Sequence[OpenTask]) -> Answer:
    """Each with its owner, its due moment and the commands that answer it."""
    if not tasks:
        return Answer([], ["Nothing waits for anybody."])
    listed = [content(task, connections) for task in tasks]
    lines = [
        entry(
            task.due_at,
            (f"{task.owner:<12}", task.case or "no case"),
            (task.asks, *_unclear(task), shown["do"], _others(shown["do"], shown["or"])),
            overdue=shown["overdue"],
        )
        for task, shown in zip(tasks, listed, strict=True)
    ]
    return Answer(listed, [DUE_HEADS, *lines])


def _unclear(task: OpenTask) -> Iterator[str]:
    """Of what intake could not take: which message it is, for a call to its sender, and each thing to settle."""
    if task.about.get("message"):
        yield f"message {task.about['message']}"
    if task.kind == TaskKind.NOT_YET_HANDLED:
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
