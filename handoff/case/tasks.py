"""Tasks that no other event or command closes: a person says that the task is done."""

from collections.abc import Mapping

from handoff.case.death import taken_back
from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState, Taken, Transition, milestone_for
from handoff.vocabulary.words import EventKind, MilestoneName, TaskKind


def settled(case: CaseState, event: CaseEvent) -> Taken:
    """Note that a person has done a task. The answer to the task about a death is that the person has not died."""
    lives = taken_back(case, event) if event.code == TaskKind.CONFIRM_DEATH and case.death else []
    return [milestone_for(event, MilestoneName.TASK_SETTLED), *lives]


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.TASK_SETTLED: settled,
}
