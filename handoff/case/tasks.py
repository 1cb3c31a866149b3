"""Tasks that no other event or command closes: a person says that the task is done."""

from collections.abc import Mapping

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState, Taken, Transition, milestone_for
from handoff.vocabulary.words import EventKind, MilestoneName


def settled(case: CaseState, event: CaseEvent) -> Taken:
    """Note that a person has done a task."""
    del case
    return [milestone_for(event, MilestoneName.TASK_SETTLED)]


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.TASK_SETTLED: settled,
}
