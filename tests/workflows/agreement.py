"""What holds at every moment of an open case: somebody owns it, and story and record tell the same."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from handoff.case.state import CaseState

# A line as the story has it, and what the record may call it then.
SAME = {
    "planned": {"planned"},
    "offered": {"offered"},
    "gap": {"gap"},
    "waiting": {"gap"},
    "accepted": {"accepted", "in-service", "on-hold"},
    "completed": {"completed", "partly-delivered", "not-reported", "failed", "ended-early"},  # over is over
    "failed": {"failed"},
    "ended-early": {"ended-early", "completed", "failed", "removed"},  # by a refusal of its service
    "removed": {"removed", "ended-early"},
}


def owners(tasks: Iterable[Any], clocks: Iterable[Any]) -> set[str]:
    """Whoever has an open task, or a clock that runs."""
    waiting = {task.owner for task in tasks if task.closed_at is None}
    return waiting | {clock.owner for clock in clocks if runs(clock)}


def runs(clock: Any) -> bool:
    return clock.ended_at is None and not stands(clock)


def stands(clock: Any) -> list[str]:
    """Why a clock stands still."""
    return [pause["why"] for pause in clock.pauses if pause["until"] is None]


def lines_agree(case: CaseState, rows: Sequence[Any]) -> None:
    told = {name: line.state for name, line in case.lines.items()}
    written = {row.line_id: row.state for row in rows}
    assert told.keys() == written.keys(), (told, written)
    differing = {name: (told[name], written[name]) for name in told if written[name] not in _same(told[name])}
    assert not differing, f"story and record differ about lines: {differing}"


def clocks_agree(case: CaseState, rows: Sequence[Any]) -> None:
    """What the story waits for runs in the record; what runs there and not here has rung."""
    running = {clock.name: clock.due_at for clock in rows if runs(clock)}
    waited: Mapping[str, Any] = {name: due.due_at for name, due in case.dues.items()}
    unknown = {name: due for name, due in waited.items() if running.get(name) != due}
    assert not unknown, f"the story waits for clocks that the record does not run: {unknown}, {running}"
    forgotten = running.keys() - waited.keys() - set(case.overdue)
    assert not forgotten, f"nobody waits for these clocks: {forgotten}"


def _same(state: str) -> set[str]:
    return SAME.get(state, {state})
