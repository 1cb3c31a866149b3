"""Every milestone by the word that the story uses for it, and the function that writes it."""

from collections.abc import Mapping

from activities import (
    assessment,
    checks,
    clocks,
    closing,
    consent,
    contact,
    discharge,
    gaps,
    outgoing,
    plans,
    provider_offers,
    readmission,
    screening,
    tasks,
    visits,
)
from activities.case_session import CaseSession, Writer
from activities.discharge import settle_if_repeated
from handoff.case.messages import Milestone, MilestoneResult
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.words import MilestoneName


def noted(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Something was told that moves nothing here; `why` says what it was."""
    settle_if_repeated(session, milestone)
    return session.result()


def set_aside(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """What was told does not fit; its sender is told why."""
    outgoing.rejected(session, outgoing.Rejection(milestone.code or "not-awaited", milestone.subject))
    return session.result(Verdict.SET_ASIDE)


# Each behaviour has its rows beside what it writes.
WRITERS: Mapping[MilestoneName, Writer] = {
    **screening.WRITERS,
    **contact.WRITERS,
    **consent.WRITERS,
    **assessment.WRITERS,
    **plans.WRITERS,
    **provider_offers.WRITERS,
    **gaps.WRITERS,
    **visits.WRITERS,
    **checks.WRITERS,
    **discharge.WRITERS,
    **readmission.WRITERS,
    **closing.WRITERS,
    **tasks.WRITERS,
    **clocks.WRITERS,
    MilestoneName.NOTICE_JOINED: noted,
    MilestoneName.NOTED: noted,
    MilestoneName.SET_ASIDE: set_aside,
}
