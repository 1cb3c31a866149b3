"""What each event, each milestone's result and each expired clock does to a case: the rows of all behaviours."""

from collections.abc import Mapping

from handoff.case import (
    assessment,
    checks,
    closing,
    consent,
    contact,
    discharge,
    gaps,
    plans,
    provider_offers,
    readmission,
    screening,
    tasks,
    visits,
)
from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.state import CaseState, Expiry, Learning, Refusal, Transition, milestone_for
from handoff.vocabulary.words import EventKind, LimitName, MilestoneName

# Each behaviour has its rows beside what it does; an event kind without a row is found by a test.
EVENTS: Mapping[EventKind, Transition] = {
    **assessment.EVENTS,
    **checks.EVENTS,
    **closing.EVENTS,
    **consent.EVENTS,
    **contact.EVENTS,
    **discharge.EVENTS,
    **plans.EVENTS,
    **gaps.EVENTS,
    **provider_offers.EVENTS,
    **readmission.EVENTS,
    **tasks.EVENTS,
    **visits.EVENTS,
}
RESULTS: Mapping[MilestoneName, Learning] = {
    **assessment.RESULTS,
    **consent.RESULTS,
    **discharge.RESULTS,
    **plans.RESULTS,
    **provider_offers.RESULTS,
    **readmission.RESULTS,
    **screening.RESULTS,
    **visits.RESULTS,
}
EXPIRIES: Mapping[LimitName, Expiry] = {
    **checks.EXPIRIES,
    **gaps.EXPIRIES,
    **provider_offers.EXPIRIES,
    **readmission.EXPIRIES,
    **visits.EXPIRIES,
}


def refusal(case: CaseState, event: CaseEvent) -> Refusal | None:
    """Why this cannot be done now; None if it can. The case is left as it is."""
    if case.end:
        return Refusal("case-closed", "The case is closed; a new discharge opens a new one.")
    taken = _taken(case.twin(), event)
    return taken if isinstance(taken, Refusal) else None


def take(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """Apply an event to the case and return the milestones to write.

    An event that is refused is set aside, with a code: it leaves the case as it is.
    """
    if case.end:
        return [milestone_for(event, MilestoneName.TOLD_AFTER_CLOSING, why=event.kind)]
    taken = _taken(case, event)
    if isinstance(taken, Refusal):
        return [milestone_for(event, MilestoneName.SET_ASIDE, why=event.kind, code=taken.code)]
    return taken


def _taken(case: CaseState, event: CaseEvent) -> list[Milestone] | Refusal:
    kind = EventKind.known(event.kind)
    if kind is None:
        return Refusal("type-unknown", f"Unknown event type {event.kind!r}.")
    return EVENTS[kind](case, event)


def learn(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Apply the result of a milestone: its clocks, and what follows from its verdict."""
    case.learn(result)
    what = MilestoneName.known(milestone.what)
    if what and what in RESULTS:
        RESULTS[what](case, milestone, result)
