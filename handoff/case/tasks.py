"""Tasks that a person settles, since nothing else answers them."""

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState, Taken, milestone_for
from handoff.vocabulary.words import MilestoneName


def settled(case: CaseState, event: CaseEvent) -> Taken:
    """A person has seen to a task that no other word answers."""
    del case
    return [milestone_for(event, MilestoneName.TASK_SETTLED)]
