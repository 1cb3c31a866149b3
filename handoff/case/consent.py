"""Consent: given, refused, withdrawn. Without it nobody else may be told of the person."""

from collections.abc import Mapping

from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.release import learn_release
from handoff.case.state import CaseState, Learning, Refusal, Taken, Transition, milestone_for
from handoff.vocabulary.states import Consent, LineState
from handoff.vocabulary.words import EventKind, MilestoneName


def consent_came_with(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """Consent that stands in a notice or an application."""
    case.consent = Consent.GIVEN
    return [milestone_for(event, MilestoneName.CONSENT_GIVEN)]


WHOLE = ("", "support")  # scopes of consent: that of the support as a whole


PART_ONLY = Refusal(
    "type-not-yet-handled", "Only consent to the support as a whole is acted on yet: tell the coordinator."
)


def consented(case: CaseState, event: CaseEvent) -> Taken:
    """Open the gate: from here on, others may be told."""
    if case.consent == Consent.GIVEN:
        return Refusal("already-given", "Consent stands already; nothing to do.")
    case.consent = Consent.GIVEN
    return [milestone_for(event, MilestoneName.CONSENT_GIVEN)]


def refused(case: CaseState, event: CaseEvent) -> Taken:
    """No consent, no disclosure to anyone: the case ends by the person's own word."""
    if event.code not in WHOLE:
        return PART_ONLY
    case.consent = Consent.REFUSED
    case.end, case.end_told = ("reason-4" if case.support_began else "outcome-refused"), event.name
    return [milestone_for(event, MilestoneName.CONSENT_REFUSED)]


def withdrew(case: CaseState, event: CaseEvent) -> Taken:
    """Recall what nobody has accepted yet; what runs goes on until a person decides."""
    if event.code not in WHOLE:
        return PART_ONLY
    if case.consent != Consent.GIVEN:
        return Refusal("no-consent", "There is no consent to withdraw; use `consent --refuse`.")
    case.consent = Consent.WITHDRAWN
    for line in case.lines.values():
        if line.state == LineState.OFFERED:
            line.needs_offer(event.name)
    return [milestone_for(event, MilestoneName.CONSENT_WITHDRAWN)]


def learn_consent(case: CaseState, milestone: Milestone, _result: MilestoneResult) -> None:
    """Offer the lines that were held back for lack of consent."""
    for line in case.lines.values():
        if line.state == LineState.HELD:
            line.needs_offer(milestone.key)


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.CONSENT_GIVEN: consented,
    EventKind.CONSENT_REFUSED: refused,
    EventKind.CONSENT_WITHDRAWN: withdrew,
}


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.CONSENT_WITHDRAWN: learn_release,
    MilestoneName.CONSENT_GIVEN: learn_consent,
}
