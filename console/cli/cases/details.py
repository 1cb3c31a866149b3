"""Details of a person for a terminal: who told which."""

from console.cli.order import Answer
from console.connections import Connections
from console.moments import local, stamp
from console.person import DetailsDone, DetailView
from events.contract.words import IntakeOutcome

Json = dict[str, object]


def answer(connections: Connections, case: str, done: DetailsDone) -> Answer:
    """Whether what was typed in counts now, and what follows."""
    content = {
        "outcome": done.taken.outcome,
        "case": case,
        "task": done.taken.task_id or None,
        "details": [detail_content(view) for view in done.views],
        "other_municipality": done.elsewhere or None,
    }
    if done.taken.outcome == IntakeOutcome.HELD:
        return Answer(content, [f"Held. Task {done.taken.task_id} says what is unclear."])
    lines = [in_a_line(view) for view in done.views]
    if any(view.disputed for view in done.views):
        lines.append(
            f"Sources contradict each other. A task asks: {connections.to_type(f'handoff tasks --case {case}')}"
        )
    if done.elsewhere:
        lines.append(f"The address is in {done.elsewhere}. A task asks whether the person has moved away.")
    return Answer(content, [f"Recorded for case {case}.", *lines])


def in_a_line(view: DetailView, *, value: bool = False) -> str:
    """Which detail, its source and moment, and whether it counts. `value`: with the value."""
    source = view.source or "unknown source"
    passed_on = f", told by: {view.told_by}" if view.told_by else ""
    typed = f", typed by {view.by}" if view.by else ""
    again = f", last {local(view.last_at)}" if view.last_at > view.since else ""
    state = "" if view.counts else "; contradicts it" if view.disputed else "; earlier"
    settled = "; settled" if view.settled else ""
    says = f": {', '.join(view.values.values())}" if value else ""
    name = view.detail.replace("-", " ")
    return f"{name}: {source}{passed_on}{typed}, {local(view.since)}{again}{settled}{state}{says}"


def detail_content(view: DetailView, *, values: bool = False) -> Json:
    """A version as JSON; with its value only after a logged look."""
    shown = {"values": view.values} if values else {}
    return {
        "detail": str(view.detail),
        "source": view.source or None,
        "told_by": view.told_by or None,
        "by": view.by or None,
        "since": stamp(view.since),
        "last_at": stamp(view.last_at),
        "in_force": view.counts,
        "disputed": view.disputed,
        "settled": view.settled,
        **shown,
    }
