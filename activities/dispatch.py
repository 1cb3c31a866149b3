"""Which function writes a milestone, for the milestones of all behaviours."""

from collections.abc import Mapping

from activities import (
    appointments,
    assessment,
    cancellation,
    checks,
    clocks,
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
    rejections,
    running_services,
    screening,
    service_dates,
    tasks,
    visits,
)
from activities.case_session import CaseSession, Writer
from activities.discharge import settle_if_agreed
from handoff.case.messages import Milestone, MilestoneResult
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.words import MilestoneName


def noted(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Note an event that changes nothing in the record. `why` says what it was."""
    settle_if_agreed(session, milestone)
    readmission.note_moment(session, milestone)
    return session.result()


def postponed(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Note an event that is applied only if a death is taken back."""
    return session.result(Verdict.NOTED)


def set_aside(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Notify the sender, if it has a topic, that its event was rejected, and why. Verdict: `set-aside`."""
    rejections.rejected(session, rejections.Rejection(milestone.code or "not-awaited", milestone.subject))
    return session.result(Verdict.SET_ASIDE)


# The rows of each behaviour are in its own module.
WRITERS: Mapping[MilestoneName, Writer] = {
    **screening.WRITERS,
    **contact.WRITERS,
    **consent.WRITERS,
    **refusals.WRITERS,
    **lookup.WRITERS,
    **running_services.WRITERS,
    **assessment.WRITERS,
    **plans.WRITERS,
    **provider_offers.WRITERS,
    **gaps.WRITERS,
    **service_dates.WRITERS,
    **appointments.WRITERS,
    **visits.WRITERS,
    **checks.WRITERS,
    **discharge.WRITERS,
    **disclosure.WRITERS,
    **personal_details.WRITERS,
    **readmission.WRITERS,
    **death.WRITERS,
    **closing.WRITERS,
    **joining.WRITERS,
    **corrections.WRITERS,
    **tasks.WRITERS,
    **clocks.WRITERS,
    **cancellation.WRITERS,
    MilestoneName.NOTICE_JOINED: noted,
    MilestoneName.NOTED: noted,
    MilestoneName.REBUILT: noted,
    MilestoneName.POSTPONED: postponed,
    MilestoneName.SET_ASIDE: set_aside,
}
