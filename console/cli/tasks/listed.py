"""Open tasks as a list."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from rich.text import Text

from console.cli.order import Answer
from console.cli.output import DUE_HEADS, entry
from console.lost import REBUILD_ALL, counted_in_words
from console.moments import stamp
from console.reasons import in_words
from console.worklist import TaskView
from handoff.vocabulary.awaited import TaskKind
from handoff.worklist.next_action import OpenTask
from handoff.worklist.task_kinds import URGENT

ONE_BY_ONE = 5  # cases that lost their workflow; more than these are one row
MOMENTS = ("date", "until", "expected_at", "died_at")  # fields of a task that name a moment


def listed(tasks: Sequence[TaskView]) -> Answer:
    """Each task with its owner, its due time and the commands that answer it."""
    if not tasks:
        return Answer([], ["There are no open tasks."])
    lost = [view for view in tasks if view.task.kind == TaskKind.REBUILD_CASE]
    folded = [_all_lost(lost)] if len(lost) > ONE_BY_ONE else []
    rows = [_row(view) for view in tasks if not (folded and view in lost)]
    return Answer([_content(view) for view in tasks], [DUE_HEADS, *folded, *rows])


def _all_lost(lost: Sequence[TaskView]) -> Text:
    """One row for many cases that lost their workflow, as when Temporal's database is lost."""
    first, kinds = lost[0].task, counted_in_words(str(view.task.about.get("loss", "")) for view in lost)
    says = (
        f"{len(lost)} cases lost their workflow: {kinds}. Nothing carries them on. `handoff cases --lost` lists them."
    )
    urgent = [view.task for view in lost if view.task.about.get(URGENT)]
    if urgent:
        says += f" Urgent words wait in {len(urgent)} of them, first in {urgent[0].case}: `handoff show` names them."
    command = f"{REBUILD_ALL}{lost[0].do.partition(first.case)[2]}"
    return entry(first.due_at, (f"{first.owner:<12}", f"{len(lost)} cases"), (says, command), overdue=lost[0].overdue)


def _row(view: TaskView) -> Text:
    task = view.task
    cells = f"{task.owner:<12}", task.case or "no case"
    if task.rests:
        return entry("rests", cells, (task.asks, f"rests: {in_words(task.rests)}"))
    beneath = (task.asks, *_unclear(task), *_ends(view), view.do, _others(view))
    return entry(task.due_at, cells, beneath, overdue=view.overdue)


def _content(view: TaskView) -> dict[str, object]:
    """A task as JSON."""
    task = view.task
    return {
        "task": task.task,
        "case": task.case or None,
        "kind": task.kind,
        "owner": task.owner,
        "due_at": None if task.rests else stamp(task.due_at),
        "overdue": view.overdue,
        "rests": task.rests or None,
        "do": view.do,
        "or": view.others,
        "ends": [line.content() for line in view.ends],
        "subject": task.subject,
        "about": {name: _in_korea(name, word) for name, word in task.about.items()},
    }


def _in_korea(name: str, word: object) -> object:
    """A field of a task. Moments are in Korea's time, as everywhere."""
    return stamp(datetime.fromisoformat(word)) if name in MOMENTS and isinstance(word, str) and word else word


def _unclear(task: OpenTask) -> Iterator[str]:
    """For a message that intake could not take: its id, for a call to the sender, and each question to settle."""
    if task.about.get(URGENT):
        yield "Urgent: visits and calls to the household go on until this is settled."
    if task.about.get("message"):
        yield f"message {task.about['message']}"
    if task.about.get("without_person"):
        yield "It came before its case: it was kept without name and contact, and without its bytes."
    if task.kind == TaskKind.NOT_YET_HANDLED:
        yield _question({**task.about, "code": task.kind, "says": task.about.get("reason", "")})
    for question in task.about.get("settle", []):
        yield _question(question)


def _ends(view: TaskView) -> Iterator[str]:
    """What a rejection of the plan would end."""
    if view.ends:
        yield "A rejection ends help that is running:"
    yield from (f"- {line}" for line in view.ends)


def _question(unclear: Mapping[str, str]) -> str:
    at = f" at {unclear['place']}" if unclear.get("place") else ""
    says = f": {unclear['says']}" if unclear.get("says") else ""
    return f"- {unclear.get('code', '')}{at}{says}"


def _others(view: TaskView) -> str:
    """The other answers, without the words that they share with the first."""
    about, tail = " ".join(view.do.split()[:3]) + " ", " --as " + view.do.partition(" --as ")[2]
    answers = [
        command.removeprefix(about).removesuffix(tail) if command.startswith(about) else command
        for command in view.others
    ]
    return f"or: {' | '.join(answers)}" if answers else ""
