"""Notices at the door, as tables and sentences."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from rich.console import RenderableType

from console.cli.order import Answer
from console.cli.output import table
from console.connections import Connections
from console.doors import DoorLine, DoorPage, DoorView
from console.moments import local, stamp
from events.intake.writes import Taken
from handoff.store.queries.monitoring import Waiting

_RESTRICTED = "access to the data is restricted"


def page(connections: Connections, listed: DoorPage, day: date | None) -> Answer:
    """A page of the list, with the questions in words and the commands beneath."""
    if not listed.lines:
        return Answer([], ["No such notices stand at the door." if day else "No notices stand at the door."])
    heads = ("No", "Since", "From", "Age", "Leaves", "Look up", "Same person")
    rows = [
        (
            str(line.number),
            local(line.came_at),
            line.sender,
            _years(line),
            local(line.leaves_at),
            _codes(line),
            _alike(line),
        )
        for line in listed.lines
    ]
    number = listed.lines[0].number
    questions = dict.fromkeys(f"{one.code}: {one.says}" for line in listed.lines for one in line.look_ups)
    shown: list[RenderableType] = [table(heads, rows), "", *questions, "", *_commands(connections, number)]
    if listed.more:
        chosen = f" --day {day}" if day else ""
        following = connections.to_type(f"handoff doors list{chosen} --after {listed.lines[-1].number}")
        shown.append(f"{listed.more} more: {following}")
    return Answer([_content(line) for line in listed.lines], shown)


def one(connections: Connections, view: DoorView) -> Answer:
    """One notice: whom to look up, or what was decided."""
    if view.line is None:
        content = {"number": view.number, "case": view.case or None, **view.noted}
        return Answer(content, ["\n".join(f"{name}: {value}" for name, value in content.items() if value)])
    content = {**_content(view.line), "identity": dict(view.identity)}
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in view.identity.items()]
    questions = [f"- {look_up.code}: {look_up.says}" for look_up in view.line.look_ups]
    if view.line.restricted:
        questions.insert(0, f"{_RESTRICTED}: ask {view.line.sender} first who may be asked")
    return Answer(content, ["\n".join([*lines, *questions]), *_commands(connections, view.number)])


def settled(connections: Connections, numbers: Sequence[int], taken: Sequence[Taken]) -> Answer:
    """What became of each notice."""
    content = [
        {"number": number, "outcome": result.outcome, "case": result.case_id or None, "task": result.task_id or None}
        for number, result in zip(numbers, taken, strict=True)
    ]
    shown = [f"{number}: {_became(connections, result)}" for number, result in zip(numbers, taken, strict=True)]
    return Answer(content, list(shown))


def waiting(connections: Connections, waits: Waiting) -> list[str]:
    """A line for the list of tasks; none if no notice stands at the door."""
    if not waits.count:
        return []
    notices = "1 notice stands" if waits.count == 1 else f"{waits.count} notices stand"
    oldest = f"the oldest since {local(waits.since)}"
    return [f"{notices} at the door, not checked, {oldest}: {connections.to_type('handoff doors list')}"]


def _became(connections: Connections, result: Taken) -> str:
    if result.case_id:
        return f"{result.outcome}. Case {result.case_id}: {connections.to_type(f'handoff show {result.case_id}')}"
    if result.task_id:
        return f"{result.outcome}. Task {result.task_id} says what is unclear: {connections.to_type('handoff tasks')}"
    return f"{result.outcome}. Its content is deleted."


def _commands(connections: Connections, number: int) -> list[str]:
    commands = (
        f"handoff doors show {number} --as WHO",
        f"handoff doors settle {number} --case --severe-disability --as WHO",
        f"handoff doors settle {number} --not-eligible --as WHO",
    )
    return [f"    {connections.to_type(command)}" for command in commands]


def _content(line: DoorLine) -> dict[str, object]:
    """A notice as JSON, without the identity."""
    return {
        "number": line.number,
        "sender": line.sender,
        "kind": line.kind,
        "came_at": stamp(line.came_at),
        "leaves_at": stamp(line.leaves_at) if isinstance(line.leaves_at, datetime) else None,
        "age": line.years,
        "look_ups": [asdict(look_up) for look_up in line.look_ups],
        "same_person": list(line.alike),
        "restricted": line.restricted,
    }


def _years(line: DoorLine) -> str:
    return "" if line.years is None else str(line.years)


def _codes(line: DoorLine) -> str:
    codes = ", ".join(look_up.code for look_up in line.look_ups)
    return f"{codes} ({_RESTRICTED})" if line.restricted else codes


def _alike(line: DoorLine) -> str:
    return ", ".join(map(str, line.alike))
