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


def noted(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Something was told that moves nothing here; `why` says what it was."""
    by_a_person = "#a" in milestone.key
    if milestone.why == "same-date" and (by_a_person or milestone.who == session.case.facility):
        settled_by_repetition(session)
    return session.result()


def set_aside(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """What was told does not fit; its sender is told why."""
    outgoing.rejected(session, outgoing.Rejection(milestone.code or "not-awaited", milestone.subject))
    return session.result("set-aside")


Writer = Callable[[CaseSession, Milestone], MilestoneResult | Awaitable[MilestoneResult]]


WRITERS: Mapping[str, Writer] = {
    "case_screened": screening.case_screened,
    "contact_made": contact.contact_made,
    "contact_failed": contact.contact_failed,
    "consent_given": consent.consent_given,
    "consent_refused": consent.consent_refused,
    "consent_withdrawn": consent.consent_withdrawn,
    "assessment_requested": assessment.assessment_requested,
    "presurvey_recorded": assessment.presurvey_recorded,
    "determination_recorded": assessment.determination_recorded,
    "resurvey_recorded": assessment.resurvey_recorded,
    "plan_submitted": plans.plan_submitted,
    "plan_approved": plans.plan_approved,
    "plan_rejected": plans.plan_rejected,
    "offer_made": provider_offers.offer_made,
    "offer_accepted": provider_offers.offer_accepted,
    "offer_partly_accepted": provider_offers.offer_partly_accepted,
    "offer_declined": provider_offers.offer_declined,
    "offer_silent": provider_offers.offer_silent,
    "offer_changed_mind": provider_offers.offer_changed_mind,
    "gap_answered": provider_offers.gap_answered,
    "service_ended": provider_offers.service_ended,
    "visit_planned": visits.visit_planned,
    "visit_moved": visits.visit_moved,
    "visit_completed": visits.visit_completed,
    "visit_missed": visits.visit_missed,
    "visit_unreported": visits.visit_unreported,
    "check_due": checks.check_due,
    "check_completed": checks.check_completed,
    "check_failed": checks.check_failed,
    "discharge_confirmed": discharge.discharge_confirmed,
    "discharge_corrected": discharge.discharge_corrected,
    "discharge_cancelled": discharge.discharge_cancelled,
    "discharge_renewed": discharge.discharge_renewed,
    "dates_differ": discharge.dates_differ,
    "suspended": readmission.suspended,
    "hold_expired": readmission.hold_expired,
    "resumed": readmission.resumed,
    "death_doubted": closing.death_doubted,
    "services_over": closing.services_over,
    "notice_joined": noted,
    "noted": noted,
    "set_aside": set_aside,
    "told_after_closing": closing.told_after_closing,
    "task_settled": tasks.task_settled,
    "late": clocks.late,
    "overdue": clocks.overdue,
    "closed": closing.closed,
}
