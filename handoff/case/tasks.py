"""Tasks that a person settles, since nothing else answers them."""

from collections.abc import Mapping

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState, Taken, Transition, milestone_for
from handoff.vocabulary.words import EventKind, MilestoneName


def settled(case: CaseState, event: CaseEvent) -> Taken:
    """A person has seen to a task that no other word answers."""
    del case
    return [milestone_for(event, MilestoneName.TASK_SETTLED)]


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.TASK_SETTLED: settled,
}
