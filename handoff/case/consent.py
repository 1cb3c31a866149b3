"""Consent: given, renewed, refused, withdrawn, expired. Without it, no institution may be told about the person.

A consent may name its end. While it stands, a later word that names no end leaves the end as it is: silence is no
renewal. After a withdrawal or its end, a new consent without an end is open-ended.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.refusals import asked_about, counted, part_allowed, part_of, part_refused
from handoff.case.release import learn_permission, learn_release
from handoff.case.state import CONSENT_OVER, CaseState, Expiry, Learning, Refusal, Taken, Transition, milestone_for
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.consents import ConsentScope, RefusalWeight
from handoff.vocabulary.states import Consent, LineState
from handoff.vocabulary.words import EventKind, MilestoneName

WHOLE = ("", ConsentScope.SUPPORT)  # codes of a consent to the support as a whole
NO_END = "no-end"  # code of a consent that takes the end back which stands
PART_ONLY = Refusal(
    "type-not-yet-handled",
    "The engine does not act on consent to a part of the support yet. Tell the coordinator.",
)  # so decided earlier builds
PAST = Refusal("date-senseless", "That consent had ended before it was told. Name an end that lies ahead, or none.")


def consent_came_with(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """Record the consent that a notice or an application contains, with the end that it names, unless that is over."""
    if _is_over(case, event, event.consent_until):
        return []
    case.consent, case.consent_until = Consent.GIVEN, event.consent_until
    given = milestone_for(event, MilestoneName.CONSENT_GIVEN)
    if event.consent_until is None:
        return [given]
    return [replace(given, code=ConsentScope.SUPPORT, until=event.consent_until)]


def _is_over(case: CaseState, event: CaseEvent, until: datetime | None) -> bool:
    """Whether the end of a consent had come when it was told, or when the case heard of it."""
    return until is not None and case.scopes_count and until <= max(event.at, case.heard_at or event.at)


def renewed_by(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """Move the end of the consent that stands, if an application names another one."""
    until = event.consent_until
    if not case.scopes_count or case.consent != Consent.GIVEN or until in (None, case.consent_until):
        return []
    if _is_over(case, event, until):
        return []
    case.consent_until = until
    return [replace(milestone_for(event, MilestoneName.CONSENT_RENEWED, code=""), until=until)]


def consented(case: CaseState, event: CaseEvent) -> Taken:
    """Record that the person consents. From now on, institutions may be told about the person."""
    if case.scopes_count and part_of(event)[0] != ConsentScope.SUPPORT:
        return part_allowed(case, event)
    if _is_over(case, event, event.until):
        return PAST
    if case.consent == Consent.GIVEN:
        return _renewed(case, event)
    case.consent, case.consent_until = Consent.GIVEN, event.until
    case.refusals_told = []
    return [milestone_for(event, MilestoneName.CONSENT_GIVEN)]


def _renewed(case: CaseState, event: CaseEvent) -> Taken:
    until = None if event.code == NO_END else event.until or case.consent_until
    if not case.scopes_count or until == case.consent_until:
        return Refusal("already-given", "Consent is recorded already. There is nothing to do.")
    case.consent_until = until
    return [milestone_for(event, MilestoneName.CONSENT_RENEWED)]


def refused(case: CaseState, event: CaseEvent) -> Taken:
    """End the case because the person refuses support.

    Nothing ends by the word of an institution that does not decide it, or that contradicts a consent, or while services
    run: then a person is asked. A person of the municipality who says so after a withdrawal has been asked.
    """
    if not case.scopes_count:
        return PART_ONLY if event.code not in WHOLE else _ended(case, event)
    if part_of(event)[0] != ConsentScope.SUPPORT:
        return part_refused(case, event)
    runs = any(line.state == LineState.ACCEPTED for line in case.lines.values())
    contradicts = runs or case.consent == Consent.GIVEN
    if event.number and (contradicts or counted(event) != RefusalWeight.COUNTS):
        return asked_about(case, event)
    return _ended(case, event)


def _ended(case: CaseState, event: CaseEvent) -> list[Milestone]:
    case.consent = Consent.REFUSED
    case.end, case.end_told = ("reason-4" if case.support_began else "outcome-refused"), event.name
    case.ended_at = event.occurred
    return [milestone_for(event, MilestoneName.CONSENT_REFUSED)]


def withdrew(case: CaseState, event: CaseEvent) -> Taken:
    """Take back the offers that no provider has accepted. Services go on until a person decides about them."""
    if not case.scopes_count and event.code not in WHOLE:
        return PART_ONLY
    if case.scopes_count and part_of(event)[0] != ConsentScope.SUPPORT:
        return part_refused(case, event)
    if case.consent in CONSENT_OVER:
        return Refusal("no-consent", f"Consent is {case.consent} already. There is nothing to do.")
    if case.consent != Consent.GIVEN:
        return Refusal(
            "no-consent", "Nobody has given consent. A person who refuses: `consent --refuse` ends the case."
        )
    if case.scopes_count and event.number and counted(event) != RefusalWeight.COUNTS:
        return asked_about(case, event)
    case.consent = Consent.WITHDRAWN
    _take_back(case, event.name)
    return [milestone_for(event, MilestoneName.CONSENT_WITHDRAWN)]


def _take_back(case: CaseState, cause: str) -> None:
    for line in case.lines.values():
        if line.state == LineState.OFFERED:
            line.needs_offer(cause)


def expired(case: CaseState, _subject: str, cause: str) -> MilestoneName | None:
    """The end of the consent has come: the same follows as after a withdrawal."""
    if case.consent != Consent.GIVEN:
        return None
    case.consent = Consent.EXPIRED
    _take_back(case, cause)
    return MilestoneName.CONSENT_EXPIRED


def learn_ended(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Return the lines whose offers the record withdrew to `planned`. The end of the consent is over."""
    case.consent_until = None
    learn_release(case, milestone, result)


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.CONSENT_GIVEN: consented,
    EventKind.CONSENT_REFUSED: refused,
    EventKind.CONSENT_WITHDRAWN: withdrew,
}


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.CONSENT_WITHDRAWN: learn_ended,
    MilestoneName.CONSENT_EXPIRED: learn_ended,
    MilestoneName.CONSENT_GIVEN: learn_permission,
}

EXPIRIES: Mapping[LimitName, Expiry] = {
    LimitName.CONSENT_ENDS: expired,
}
