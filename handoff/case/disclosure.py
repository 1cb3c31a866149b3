"""A restriction: a sender says that access to the person's data is restricted. Nobody is told before a person answers.

Consent lets the engine tell institutions about the person. A restriction puts that in doubt.
"""

from collections.abc import Mapping

from handoff.case.messages import CaseEvent, Milestone
from handoff.case.release import learn_permission
from handoff.case.state import CaseState, Learning, Taken, Transition, milestone_for
from handoff.vocabulary.words import EventKind, MilestoneName

ASKED_BEFORE = "restricted-already"  # `why` of the note that the restriction is known


def restricted(case: CaseState, event: CaseEvent) -> Taken:
    """Tell no further institution about the person until a person has answered.

    Open offers stay, and services that were accepted go on: their providers know the person. A feed repeats its flags
    in each message, so the same field of the same sender is asked about once.
    """
    restriction = f"{event.who}:{event.code}"
    if restriction in case.restrictions:
        return [milestone_for(event, MilestoneName.NOTED, why=ASKED_BEFORE)]
    case.restrictions.append(restriction)
    if case.restricted:
        return [milestone_for(event, MilestoneName.NOTED, why=ASKED_BEFORE)]
    case.restricted = True
    return [milestone_for(event, MilestoneName.DISCLOSURE_RESTRICTED)]


def allowed(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """Go on where the case stood: a person has found out that institutions may be told."""
    case.restricted = False
    return [milestone_for(event, MilestoneName.DISCLOSURE_ALLOWED, code="")]


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.DISCLOSURE_RESTRICTED: restricted,
}


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.DISCLOSURE_ALLOWED: learn_permission,
}
