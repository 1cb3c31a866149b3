"""Decides in the history of an earlier build as that build did, so that it replays."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.case.messages import CaseEvent
    from handoff.case.state import CaseState
    from handoff.vocabulary.consents import ConsentScope
    from handoff.vocabulary.states import Consent
    from handoff.vocabulary.words import EventKind


CONSENTS = (EventKind.CONSENT_GIVEN, EventKind.CONSENT_REFUSED, EventKind.CONSENT_WITHDRAWN)


def decide_as_then(case: CaseState, event: CaseEvent) -> None:
    """Set how an event is decided that earlier builds decided otherwise, before it is."""
    if event.consent == Consent.REFUSED or event.consent_until or (event.kind in CONSENTS and _of_scope(event)):
        case.scopes_count = workflow.patched("consent-scopes")  # any institution's word about the whole ended the case
        case.heard_at = workflow.now()
    if event.kind == EventKind.REFERRAL_CHANGED and event.until:
        case.giving_back_waits = workflow.patched("giving-back-waits")  # lines were given back at once
    if event.kind in (EventKind.REFERRAL_CHANGED, EventKind.SERVICE_ENDED):
        case.ending_waits = workflow.patched("ending-waits")  # lines ended before the record had agreed


def _of_scope(event: CaseEvent) -> bool:
    """Whether a word about consent is more than a consent without an end, or a withdrawal by the municipality."""
    if event.kind == EventKind.CONSENT_REFUSED or event.code not in ("", ConsentScope.SUPPORT):
        return True
    return bool(event.until) if event.kind == EventKind.CONSENT_GIVEN else bool(event.number)
