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
from handoff.case.state import CaseState, Refusal, Transition, milestone_for
from handoff.case.visits import learn_service, learn_visit, report_expired
from handoff.vocabulary.words import EventKind, LimitName, MilestoneName

EVENTS: Mapping[EventKind, Transition] = {
    EventKind.DISCHARGE_EXPECTED: discharge.noticed,
    EventKind.DISCHARGE_NOTIFIED: discharge.noticed,
    EventKind.DISCHARGE_CORRECTED: discharge.corrected,
    EventKind.DISCHARGE_CANCELLED: discharge.cancelled,
    EventKind.ADMISSION_OCCURRED: readmission.admitted,
    EventKind.ADMISSION_CANCELLED: readmission.admission_cancelled,
    EventKind.PERSON_DIED: closing.died,
    EventKind.APPLICATION_RECEIVED: discharge.applied,
    EventKind.CONTACT_MADE: contact.contacted,
    EventKind.CONTACT_FAILED: contact.not_reached,
    EventKind.PERSON_UNREACHABLE: contact.not_reached,
    EventKind.CONSENT_GIVEN: consent.consented,
    EventKind.CONSENT_REFUSED: consent.refused,
    EventKind.CONSENT_WITHDRAWN: consent.withdrew,
    EventKind.TASK_SETTLED: tasks.settled,
    EventKind.CASE_CLOSED: closing.closed,
    EventKind.PRESURVEY_COMPLETED: assessment.surveyed,
    EventKind.DETERMINATION_RETURNED: assessment.determined,
    EventKind.PLAN_DRAFTED: plans.drafted,
    EventKind.PLAN_APPROVED: plans.approved,
    EventKind.PLAN_REJECTED: plans.rejected,
    EventKind.PLAN_CHANGED: plans.changed,
    EventKind.REFERRAL_ACCEPTED: provider_offers.accepted,
    EventKind.REFERRAL_PARTLY_ACCEPTED: provider_offers.partly_accepted,
    EventKind.REFERRAL_DECLINED: provider_offers.declined,
    EventKind.REFERRAL_CHANGED: provider_offers.changed_mind,
    EventKind.GAP_ANSWERED: provider_offers.gap_answered,
    EventKind.VISIT_PROPOSED: visits.visit_proposed,
    EventKind.VISIT_REQUESTED: visits.visit_requested,
    EventKind.VISIT_COMPLETED: visits.visit_completed,
    EventKind.VISIT_MISSED: visits.visit_missed,
    EventKind.SERVICE_ENDED: provider_offers.service_ended,
    EventKind.CHECK_COMPLETED: checks.checked,
    EventKind.CHECK_FAILED: checks.check_failed,
}


def refusal(case: CaseState, event: CaseEvent) -> Refusal | None:
    """Why this cannot be done now; None if it can. The case is left as it is."""
    if case.end:
        return Refusal("case-closed", "The case is closed; a new discharge opens a new one.")
    taken = _taken(case.twin(), event)
    return taken if isinstance(taken, Refusal) else None


def take(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """Move the case on by one thing told; returns the milestones to write. What cannot be is set aside, with a code."""
    if case.end:
        return [milestone_for(event, MilestoneName.TOLD_AFTER_CLOSING, why=event.kind)]
    taken = refusal(case, event) or _taken(case, event)
    if isinstance(taken, Refusal):
        return [milestone_for(event, MilestoneName.SET_ASIDE, why=event.kind, code=taken.code)]
    return taken


def _taken(case: CaseState, event: CaseEvent) -> list[Milestone] | Refusal:
    kind = EventKind.known(event.kind)
    if kind is None:
        return Refusal("type-unknown", f"Nothing is known that is called {event.kind!r}.")
    return EVENTS[kind](case, event)


def learn(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Take in one outcome: its clocks, and what its verdict turns."""
    case.learn(result)
    what = MilestoneName.known(milestone.what)
    if what in RESULTS:
        RESULTS[what](case, milestone, result)


RESULTS: Mapping[MilestoneName | None, Callable[[CaseState, Milestone, MilestoneResult], None]] = {
    MilestoneName.CASE_SCREENED: learn_screening,
    MilestoneName.CONSENT_GIVEN: learn_consent,
    MilestoneName.CONSENT_WITHDRAWN: learn_release,
    MilestoneName.SUSPENDED: learn_release,
    MilestoneName.HOLD_EXPIRED: learn_release,
    MilestoneName.DISCHARGE_CANCELLED: learn_release,
    MilestoneName.RESUMED: learn_return,
    MilestoneName.PRESURVEY_RECORDED: learn_survey,
    MilestoneName.DETERMINATION_RECORDED: learn_determination,
    MilestoneName.PLAN_SUBMITTED: learn_submission,
    MilestoneName.OFFER_MADE: learn_offer,
    MilestoneName.OFFER_PARTLY_ACCEPTED: learn_part,
    MilestoneName.VISIT_PLANNED: learn_visit,
    MilestoneName.VISIT_COMPLETED: learn_service,
}


# What the end of these limits does; the others go to somebody else, as overdue.
TURNS: Mapping[LimitName, Callable[[CaseState, str, str], MilestoneName | None]] = {
    LimitName.ANSWER: answer_expired,
    LimitName.URGENT_ANSWER: answer_expired,
    LimitName.VISIT_REPORT: report_expired,
    LimitName.READMISSION_HOLD: hold_expired,
    LimitName.WAIT: wait_expired,
    LimitName.CHECK: check_due,
}
