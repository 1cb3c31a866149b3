"""What each event, each milestone's result and each expired clock does to a case: three tables, one place."""

from collections.abc import Callable, Mapping

from handoff.case import (
    assessment,
    checks,
    closing,
    consent,
    contact,
    discharge,
    plans,
    provider_offers,
    readmission,
    tasks,
    visits,
)
from handoff.case.assessment import learn_determination, learn_survey
from handoff.case.checks import check_due
from handoff.case.consent import learn_consent
from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.plans import learn_submission
from handoff.case.provider_offers import answer_expired, learn_offer, learn_part, learn_release, wait_expired
from handoff.case.readmission import hold_expired, learn_return
from handoff.case.screening import learn_screening
from handoff.case.state import CaseState, Refusal, milestone_for
from handoff.case.visits import learn_service, learn_visit, report_expired

EVENTS: Mapping[str, Callable[[CaseState, CaseEvent], list[Milestone] | Refusal]] = {
    "discharge.expected": discharge.noticed,
    "discharge.notified": discharge.noticed,
    "discharge.corrected": discharge.corrected,
    "discharge.cancelled": discharge.cancelled,
    "admission.occurred": readmission.admitted,
    "admission.cancelled": readmission.admission_cancelled,
    "person.died": closing.died,
    "application.received": discharge.applied,
    "contact.made": contact.contacted,
    "contact.failed": contact.not_reached,
    "person.unreachable": contact.not_reached,
    "consent.given": consent.consented,
    "consent.refused": consent.refused,
    "consent.withdrawn": consent.withdrew,
    "presurvey.completed": assessment.surveyed,
    "determination.returned": assessment.determined,
    "plan.drafted": plans.drafted,
    "plan.approved": plans.approved,
    "plan.rejected": plans.rejected,
    "plan.changed": plans.changed,
    "referral.accepted": provider_offers.accepted,
    "referral.partly-accepted": provider_offers.partly_accepted,
    "referral.declined": provider_offers.declined,
    "referral.changed": provider_offers.changed_mind,
    "gap.answered": provider_offers.gap_answered,
    "visit.proposed": visits.visit_proposed,
    "visit.requested": visits.visit_requested,
    "visit.completed": visits.visit_completed,
    "visit.missed": visits.visit_missed,
    "service.ended": provider_offers.service_ended,
    "check.completed": checks.checked,
    "check.failed": checks.check_failed,
    "task.settled": tasks.settled,
    "case.closed": closing.closed,
}


def refusal(case: CaseState, event: CaseEvent) -> Refusal | None:
    """Why this cannot be done now; None if it can. The case is left as it is."""
    if case.end:
        return Refusal("case-closed", "The case is closed; a new discharge opens a new one.")
    if event.kind not in EVENTS:
        return Refusal("type-unknown", f"Nothing is known that is called {event.kind!r}.")
    taken = EVENTS[event.kind](case.twin(), event)
    return taken if isinstance(taken, Refusal) else None


def take(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """Move the case on by one thing told; returns the milestones to write. What cannot be is set aside, with a code."""
    if case.end:
        return [milestone_for(event, "told_after_closing", why=event.kind)]
    refused = refusal(case, event)
    taken = refused or EVENTS[event.kind](case, event)
    if isinstance(taken, Refusal):
        return [milestone_for(event, "set_aside", why=event.kind, code=taken.code)]
    return taken


def learn(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Take in one outcome: its clocks, and what its verdict turns."""
    case.learn(result)
    if milestone.what in RESULTS:
        RESULTS[milestone.what](case, milestone, result)


RESULTS: Mapping[str, Callable[[CaseState, Milestone, MilestoneResult], None]] = {
    "case_screened": learn_screening,
    "consent_given": learn_consent,
    "consent_withdrawn": learn_release,
    "suspended": learn_release,
    "hold_expired": learn_release,
    "discharge_cancelled": learn_release,
    "resumed": learn_return,
    "presurvey_recorded": learn_survey,
    "determination_recorded": learn_determination,
    "plan_submitted": learn_submission,
    "offer_made": learn_offer,
    "offer_partly_accepted": learn_part,
    "visit_planned": learn_visit,
    "visit_completed": learn_service,
}


TURNS: Mapping[str, Callable[[CaseState, str, str], str]] = {
    "answer": answer_expired,
    "urgent-answer": answer_expired,
    "visit-report": report_expired,
    "readmission-hold": hold_expired,
    "wait": wait_expired,
    "check": check_due,
}
