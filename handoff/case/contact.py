"""Speaking with the person: reached, or not."""

from collections.abc import Mapping

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState, Taken, Transition, milestone_for
from handoff.vocabulary.words import EventKind, MilestoneName


def contacted(case: CaseState, event: CaseEvent) -> Taken:
    """Somebody spoke with the person, or told them a result."""
    del case
    return [milestone_for(event, MilestoneName.CONTACT_MADE)]


def not_reached(case: CaseState, event: CaseEvent) -> Taken:
    """Climb the ladder of attempts; a case never closes silently."""
    del case
    return [milestone_for(event, MilestoneName.CONTACT_FAILED)]


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.CONTACT_MADE: contacted,
    EventKind.CONTACT_FAILED: not_reached,
    EventKind.PERSON_UNREACHABLE: not_reached,
}
