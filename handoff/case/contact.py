"""Contact with the person: somebody spoke with the person, or did not reach them."""

from collections.abc import Mapping

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState, Taken, Transition, milestone_for
from handoff.vocabulary.words import EventKind, MilestoneName


def contacted(case: CaseState, event: CaseEvent) -> Taken:
    """Somebody spoke with the person, or told them the result of the assessment."""
    del case
    return [milestone_for(event, MilestoneName.CONTACT_MADE)]


def not_reached(case: CaseState, event: CaseEvent) -> Taken:
    """The person was not reached. The next attempt follows: a case never ends because nobody answers."""
    del case
    return [milestone_for(event, MilestoneName.CONTACT_FAILED)]


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.CONTACT_MADE: contacted,
    EventKind.CONTACT_FAILED: not_reached,
    EventKind.PERSON_UNREACHABLE: not_reached,
}
