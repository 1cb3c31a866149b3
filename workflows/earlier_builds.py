"""Decides in the history of an earlier build as that build did, so that it replays."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.case.messages import CaseEvent
    from handoff.case.state import CaseState
    from handoff.vocabulary.words import EventKind


def decide_as_then(case: CaseState, event: CaseEvent) -> None:
    """Set how the word of a provider about the end of its service is decided, before it is."""
    if event.kind == EventKind.REFERRAL_CHANGED and event.until:
        case.giving_back_waits = workflow.patched("giving-back-waits")  # lines were given back at once
    if event.kind in (EventKind.REFERRAL_CHANGED, EventKind.SERVICE_ENDED):
        case.ending_waits = workflow.patched("ending-waits")  # lines ended before the record had agreed
