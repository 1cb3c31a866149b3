"""Every milestone by the word that the story uses for it, and the function that writes it."""

from collections.abc import Awaitable, Callable, Mapping

from activities import (
    assessment,
    checks,
    clocks,
    closing,
    consent,
    contact,
    discharge,
    outgoing,
    plans,
    provider_offers,
    readmission,
    screening,
    tasks,
    visits,
)
from activities.case_session import CaseSession
from activities.discharge import settled_by_repetition
from handoff.case.messages import Milestone, MilestoneResult
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.words import MilestoneName


def noted(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Something was told that moves nothing here; `why` says what it was."""
    by_a_person = "#a" in milestone.key
    if milestone.why == "same-date" and (by_a_person or milestone.who == session.case.facility):
        settled_by_repetition(session)
    return session.result()


def set_aside(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """What was told does not fit; its sender is told why."""
    outgoing.rejected(session, outgoing.Rejection(milestone.code or "not-awaited", milestone.subject))
    return session.result(Verdict.SET_ASIDE)


Writer = Callable[[CaseSession, Milestone], MilestoneResult | Awaitable[MilestoneResult]]

WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.CASE_SCREENED: screening.case_screened,
    MilestoneName.CONTACT_MADE: contact.contact_made,
    MilestoneName.CONTACT_FAILED: contact.contact_failed,
    MilestoneName.CONSENT_GIVEN: consent.consent_given,
    MilestoneName.CONSENT_REFUSED: consent.consent_refused,
    MilestoneName.CONSENT_WITHDRAWN: consent.consent_withdrawn,
    MilestoneName.ASSESSMENT_REQUESTED: assessment.assessment_requested,
    MilestoneName.PRESURVEY_RECORDED: assessment.presurvey_recorded,
    MilestoneName.DETERMINATION_RECORDED: assessment.determination_recorded,
    MilestoneName.RESURVEY_RECORDED: assessment.resurvey_recorded,
    MilestoneName.PLAN_SUBMITTED: plans.plan_submitted,
    MilestoneName.PLAN_APPROVED: plans.plan_approved,
    MilestoneName.PLAN_REJECTED: plans.plan_rejected,
    MilestoneName.OFFER_MADE: provider_offers.offer_made,
    MilestoneName.OFFER_ACCEPTED: provider_offers.offer_accepted,
    MilestoneName.OFFER_PARTLY_ACCEPTED: provider_offers.offer_partly_accepted,
    MilestoneName.OFFER_DECLINED: provider_offers.offer_declined,
    MilestoneName.OFFER_SILENT: provider_offers.offer_silent,
    MilestoneName.OFFER_CHANGED_MIND: provider_offers.offer_changed_mind,
    MilestoneName.GAP_ANSWERED: provider_offers.gap_answered,
    MilestoneName.SERVICE_ENDED: provider_offers.service_ended,
    MilestoneName.VISIT_PLANNED: visits.visit_planned,
    MilestoneName.VISIT_MOVED: visits.visit_moved,
    MilestoneName.VISIT_COMPLETED: visits.visit_completed,
    MilestoneName.VISIT_MISSED: visits.visit_missed,
    MilestoneName.VISIT_UNREPORTED: visits.visit_unreported,
    MilestoneName.CHECK_DUE: checks.check_due,
    MilestoneName.CHECK_COMPLETED: checks.check_completed,
    MilestoneName.CHECK_FAILED: checks.check_failed,
    MilestoneName.DISCHARGE_CONFIRMED: discharge.discharge_confirmed,
    MilestoneName.DISCHARGE_CORRECTED: discharge.discharge_corrected,
    MilestoneName.DISCHARGE_CANCELLED: discharge.discharge_cancelled,
    MilestoneName.DISCHARGE_RENEWED: discharge.discharge_renewed,
    MilestoneName.DATES_DIFFER: discharge.dates_differ,
    MilestoneName.SUSPENDED: readmission.suspended,
    MilestoneName.HOLD_EXPIRED: readmission.hold_expired,
    MilestoneName.RESUMED: readmission.resumed,
    MilestoneName.DEATH_DOUBTED: closing.death_doubted,
    MilestoneName.SERVICES_OVER: closing.services_over,
    MilestoneName.NOTICE_JOINED: noted,
    MilestoneName.NOTED: noted,
    MilestoneName.SET_ASIDE: set_aside,
    MilestoneName.TOLD_AFTER_CLOSING: closing.told_after_closing,
    MilestoneName.TASK_SETTLED: tasks.task_settled,
    MilestoneName.LATE: clocks.late,
    MilestoneName.OVERDUE: clocks.overdue,
    MilestoneName.CLOSED: closing.closed,
}
