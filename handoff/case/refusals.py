"""Refusals of a part of the support, and refusals that somebody told whose word does not decide (DOMAIN §2.11).

`handoff.rules.refusals` says whose word counts. A refusal that does not count opens a task, and the case goes on.
"""

from collections.abc import Mapping
from dataclasses import replace

from handoff.case import lookup
from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.release import learn_release
from handoff.case.state import NO_LINE, CaseState, Learning, Refusal, Taken, Transition, milestone_for
from handoff.rules.refusals import MUNICIPALITY, PROVIDER, weight
from handoff.vocabulary.consents import ConsentScope, RefusalWeight
from handoff.vocabulary.states import LINE_OVER, Consent, LineState
from handoff.vocabulary.words import EventKind, MilestoneName

OF_CONSENT = (  # the events that are about consent themselves
    EventKind.CONSENT_GIVEN,
    EventKind.CONSENT_REFUSED,
    EventKind.CONSENT_WITHDRAWN,
    EventKind.SERVICE_REFUSED,
)
NOT_THEIRS = Refusal("not-your-event", "An institution of this role may not tell this refusal. Ask the person.")
NOT_ALLOWED = Refusal("no-consent", "A service that was refused has ended. To give it again, write it into a new plan.")
NAME_PROVIDER = Refusal("subject-unknown", "Name the provider, or one of its lines or offers.")


def part_of(event: CaseEvent) -> tuple[ConsentScope, str]:
    """The scope of a word about consent, and the provider that it names; "" if none."""
    if event.kind == EventKind.SERVICE_REFUSED:
        return ConsentScope.SERVICE, ""
    word, _, provider = event.code.partition(":")
    return ConsentScope.known(word) or ConsentScope.SUPPORT, provider


def role_of(event: CaseEvent) -> str:
    """The role whose word it is: a person of the municipality has no institution."""
    return MUNICIPALITY if not event.number or event.who == MUNICIPALITY else event.role


def counted(event: CaseEvent) -> RefusalWeight:
    """What the word of an event about a refusal counts."""
    return weight(role_of(event), part_of(event)[0])


def refused_of(provider: str) -> str:
    """The entry of a refused provider in `CaseState.refused`."""
    return f"{ConsentScope.PROVIDER}:{provider}"


def part_refused(case: CaseState, event: CaseEvent) -> Taken:
    """Apply the refusal of a part: of the lookup, of one service, or of one provider."""
    scope, provider = part_of(event)
    counts = counted(event)
    if counts == RefusalWeight.NOT_THEIRS:
        return NOT_THEIRS
    if counts == RefusalWeight.IS_ASKED_ABOUT:
        return asked_about(case, event)
    if scope == ConsentScope.LOOKUP:
        return lookup.refused(case, event)
    if scope == ConsentScope.SERVICE:
        return _service_refused(case, event)
    return _provider_refused(case, event, provider)


def _service_refused(case: CaseState, event: CaseEvent) -> Taken:
    """End one service. The line goes on until the record has agreed: a provider speaks for its own line only."""
    line = case.line_of(event.subject)
    if line is None:
        return NO_LINE
    if line.over:
        return Refusal("offer-gone", f"Line {line.line} has ended already. There is nothing to do.")
    return [milestone_for(event, MilestoneName.SERVICE_REFUSED, code="")]


def _provider_refused(case: CaseState, event: CaseEvent, provider: str) -> Taken:
    own = event.who if role_of(event) == PROVIDER else ""
    if own and provider not in ("", own):
        return NOT_THEIRS
    named = own or provider
    if not named and case.line_of(event.subject) is None:
        return NAME_PROVIDER
    if refused_of(named) in case.refused:
        return Refusal("refused-already", "It is recorded already that the person refuses this provider.")
    return [milestone_for(event, MilestoneName.PROVIDER_REFUSED, code=named)]


def part_allowed(case: CaseState, event: CaseEvent) -> Taken:
    """Take back the refusal of a part: the person allows the lookup, or this provider, after all."""
    scope, provider = part_of(event)
    if scope == ConsentScope.LOOKUP:
        return lookup.allowed(case, event)
    if scope == ConsentScope.SERVICE:
        return NOT_ALLOWED
    if not provider:
        return NAME_PROVIDER
    if refused_of(provider) not in case.refused:
        return Refusal("already-given", "The person does not refuse this provider. There is nothing to do.")
    return [milestone_for(event, MilestoneName.PROVIDER_ALLOWED, code=provider)]


def asked_about(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """Ask the person about a refusal that was told by somebody whose word does not decide. Nothing else changes."""
    del case
    scope, provider = part_of(event)
    code = refused_of(provider) if provider else scope
    return [milestone_for(event, MilestoneName.REFUSAL_TOLD, code=code)]


def came_with(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """Ask about the refusal that a notice contains. A feed repeats it in each message: it is asked about once."""
    if event.consent != Consent.REFUSED or not case.scopes_count or case.consent == Consent.REFUSED:
        return []
    if event.who in case.refusals_told or event.kind in OF_CONSENT:
        return []
    case.refusals_told.append(event.who)
    milestone = milestone_for(event, MilestoneName.REFUSAL_TOLD, code=ConsentScope.SUPPORT)
    return [replace(milestone, subject="", until=None)]


def learn_refused(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """End the line of the service that was refused, and its parts at other providers."""
    for ended in result.lines:
        line = case.lines[ended.line]
        line.state, line.visit = LineState.ENDED_EARLY, ""
    refused = case.line_of(milestone.subject)
    if refused and result.verdict in LINE_OVER:
        refused.state = result.verdict


def learn_provider_refused(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Note the provider, and offer its lines to others."""
    if result.subject and refused_of(result.subject) not in case.refused:
        case.refused.append(refused_of(result.subject))
    learn_release(case, milestone, result)


def learn_provider_allowed(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Forget the refusal, and offer again the lines for which no provider was left."""
    case.refused = [word for word in case.refused if word != refused_of(result.subject)]
    learn_release(case, milestone, result)


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.SERVICE_REFUSED: part_refused,
}

RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.SERVICE_REFUSED: learn_refused,
    MilestoneName.PROVIDER_REFUSED: learn_provider_refused,
    MilestoneName.PROVIDER_ALLOWED: learn_provider_allowed,
}
