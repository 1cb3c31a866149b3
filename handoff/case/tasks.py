"""Tasks that no other event or command closes: a person says that the task is done."""

from collections.abc import Mapping

from handoff.case.death import taken_back
from handoff.case.disclosure import allowed
from handoff.case.messages import CaseEvent, Milestone
from handoff.case.state import CaseState, Taken, Transition, milestone_for
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.words import EventKind, MilestoneName


def settled(case: CaseState, event: CaseEvent) -> Taken:
    """Note that a person has done a task, and what follows from the answer."""
    return [milestone_for(event, MilestoneName.TASK_SETTLED), *_answered(case, event)]


def _answered(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """What an answer means: the person has not died, or institutions may be told about the person."""
    if event.code == TaskKind.CONFIRM_DEATH and case.death:
        return taken_back(case, event)
    return allowed(case, event) if event.code == TaskKind.CONFIRM_RESTRICTION and case.restricted else []


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.TASK_SETTLED: settled,
}
