"""Which function of a behaviour applies an event, the result of a milestone, or an expired clock to a case."""

from collections.abc import Mapping

from handoff.case import (
    appointments,
    assessment,
    checks,
    closing,
    consent,
    contact,
    corrections,
    death,
    discharge,
    disclosure,
    gaps,
    joining,
    lookup,
    personal_details,
    plans,
    provider_offers,
    readmission,
    refusals,
    running_services,
    screening,
    service_dates,
    tasks,
    visits,
)
from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.state import CaseState, Expiry, Learning, Refusal, Transition, milestone_for
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.states import Death
from handoff.vocabulary.words import EventKind, MilestoneName

# The rows of each behaviour are in its own module. A test fails if an event kind has no row.
EVENTS: Mapping[EventKind, Transition] = {
    **appointments.EVENTS,
    **assessment.EVENTS,
    **checks.EVENTS,
    **closing.EVENTS,
    **consent.EVENTS,
    **contact.EVENTS,
    **corrections.EVENTS,
    **death.EVENTS,
    **discharge.EVENTS,
    **disclosure.EVENTS,
    **personal_details.EVENTS,
    **plans.EVENTS,
    **gaps.EVENTS,
    **lookup.EVENTS,
    **joining.EVENTS,
    **provider_offers.EVENTS,
    **refusals.EVENTS,
    **running_services.EVENTS,
    **tasks.EVENTS,
    **visits.EVENTS,
}
RESULTS: Mapping[MilestoneName, Learning] = {
    **appointments.RESULTS,
    **assessment.RESULTS,
    **consent.RESULTS,
    **corrections.RESULTS,
    **death.RESULTS,
    **discharge.RESULTS,
    **disclosure.RESULTS,
    **joining.RESULTS,
    **plans.RESULTS,
    **provider_offers.RESULTS,
    **readmission.RESULTS,
    **refusals.RESULTS,
    **screening.RESULTS,
    **service_dates.RESULTS,
    **visits.RESULTS,
}
EXPIRIES: Mapping[LimitName, Expiry] = {
    **checks.EXPIRIES,
    **closing.EXPIRIES,
    **consent.EXPIRIES,
    **death.EXPIRIES,
    **gaps.EXPIRIES,
    **provider_offers.EXPIRIES,
    **readmission.EXPIRIES,
    **visits.EXPIRIES,
}


def refusal(case: CaseState, event: CaseEvent) -> Refusal | None:
    """Why an event cannot be applied now; None if it can. The case is not changed."""
    if case.end:
        return Refusal("case-closed", "The case is closed. A new discharge opens a new case.")
    taken = _taken(case.twin(), event)
    return taken if isinstance(taken, Refusal) else None


def take(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """Apply an event to the case and return the milestones to write.

    A refused event does not change the case: its only milestone is `set_aside`, with the code of the refusal.
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
    waited = case.death == Death.CLEAR
    lives = death.lives(case, event)
    taken = EVENTS[kind](case, event)
    if isinstance(taken, Refusal):
        return taken
    since = discharge.caught_up(case, event) if waited and case.death != Death.CLEAR else []
    return [*lives, *taken, *since, *refusals.came_with(case, event)]


def learn(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Apply the result of a milestone to the case: its clocks, and what its verdict changes."""
    case.learn(result)
    what = MilestoneName.known(milestone.what)
    if what and what in RESULTS:
        RESULTS[what](case, milestone, result)
