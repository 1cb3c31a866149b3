"""Consent: given, refused, withdrawn. Without consent, no institution may be told about the person."""

from collections.abc import Mapping

from handoff.case.messages import CaseEvent, Milestone
from handoff.case.release import learn_permission, learn_release
from handoff.case.state import CaseState, Learning, Refusal, Taken, Transition, milestone_for
from handoff.vocabulary.states import Consent, LineState
from handoff.vocabulary.words import EventKind, MilestoneName


def consent_came_with(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """Record the consent that a notice or an application contains."""
    case.consent = Consent.GIVEN
    return [milestone_for(event, MilestoneName.CONSENT_GIVEN)]


WHOLE = ("", "support")  # codes of a consent to the support as a whole


PART_ONLY = Refusal(
    "type-not-yet-handled",
    "The engine does not act on consent to a part of the support yet. Tell the coordinator.",
)


def consented(case: CaseState, event: CaseEvent) -> Taken:
    """Record that the person consents. From now on, institutions may be told about the person."""
    if case.consent == Consent.GIVEN:
        return Refusal("already-given", "Consent is recorded already. There is nothing to do.")
    case.consent = Consent.GIVEN
    return [milestone_for(event, MilestoneName.CONSENT_GIVEN)]


def refused(case: CaseState, event: CaseEvent) -> Taken:
    """End the case because the person refuses support."""
    if event.code not in WHOLE:
        return PART_ONLY
    case.consent = Consent.REFUSED
    case.end, case.end_told = ("reason-4" if case.support_began else "outcome-refused"), event.name
    case.ended_at = event.occurred
    return [milestone_for(event, MilestoneName.CONSENT_REFUSED)]


def withdrew(case: CaseState, event: CaseEvent) -> Taken:
    """Take back the offers that no provider has accepted. Services go on until a person decides about them."""
    if event.code not in WHOLE:
        return PART_ONLY
    if case.consent == Consent.WITHDRAWN:
        return Refusal("no-consent", "Consent is withdrawn already. There is nothing to do.")
    if case.consent != Consent.GIVEN:
        return Refusal(
            "no-consent", "Nobody has given consent. A person who refuses: `consent --refuse` ends the case."
        )
    case.consent = Consent.WITHDRAWN
    for line in case.lines.values():
        if line.state == LineState.OFFERED:
            line.needs_offer(event.name)
    return [milestone_for(event, MilestoneName.CONSENT_WITHDRAWN)]


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.CONSENT_GIVEN: consented,
    EventKind.CONSENT_REFUSED: refused,
    EventKind.CONSENT_WITHDRAWN: withdrew,
}


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.CONSENT_WITHDRAWN: learn_release,
    MilestoneName.CONSENT_GIVEN: learn_permission,
}
