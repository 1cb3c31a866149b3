"""New details of the person: name, phone, address, contact person, language or carer."""

from collections.abc import Mapping

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState, Taken, Transition, milestone_for
from handoff.vocabulary.words import EventKind, MilestoneName

KNOWN_ALREADY = "details-known"  # `why` of the note that nothing counts otherwise now


def details_told(case: CaseState, event: CaseEvent) -> Taken:
    """Write what has changed, so that those who work with the person learn of it. Nothing waits for it."""
    del case
    if not event.code:
        return [milestone_for(event, MilestoneName.NOTED, why=KNOWN_ALREADY)]
    return [milestone_for(event, MilestoneName.PERSON_CORRECTED)]


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.PERSON_CORRECTED: details_told,
    EventKind.PERSON_MOVED: details_told,
}
