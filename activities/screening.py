"""Writes the screening of a new case: eligibility and priority. Then the first contact is due."""

from collections.abc import Mapping

from activities.case_session import CaseSession, Writer
from handoff.case.messages import Milestone, MilestoneResult
from handoff.rules.eligibility import Found, Screening, screen
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.states import Consent, Eligibility, Stage
from handoff.vocabulary.words import MilestoneName


def case_screened(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Screen the person, and open the task of the first contact. Verdict: the eligibility."""
    if milestone.until and not (session.case.discharged_at or session.case.expected_at):
        if milestone.code == "expected":
            session.case.expected_at = milestone.until
        else:
            session.case.discharged_at = milestone.until
    screening = screened(session, Found())
    _contact(session)
    if not session.discharged and session.case.expected_at:
        session.start(LimitName.DISCHARGE_CONFIRMATION, at=session.case.expected_at)
    if screening.eligibility == Eligibility.NOT_ELIGIBLE:
        ask_eligibility(session, screening)
    return session.result(screening.eligibility)


def screened(session: CaseSession, findings: Found) -> Screening:
    """Screen the person with the findings of a survey, and store eligibility and priority."""
    screening = screen(session.identity(), findings, session.profile, session.at.date())
    session.case.eligibility = screening.eligibility
    session.case.priority = screening.priority
    return screening


def ask_eligibility(session: CaseSession, screening: Screening) -> None:
    """Open a task to close the case, or to find out why the person is eligible after all."""
    due = session.start(LimitName.CONTACT_ATTEMPT, TaskKind.ELIGIBILITY)
    about = {"eligibility": screening.eligibility, "reasons": [reason.code for reason in screening.reasons]}
    session.ask(TaskKind.ELIGIBILITY, due, about=about)


def _contact(session: CaseSession) -> None:
    due = session.start(LimitName.FIRST_CONTACT)
    session.ask(TaskKind.CONTACT, due, about={"step": session.profile.ladders.contact[0]})
    if session.case.consent != Consent.GIVEN:
        session.case.stage = Stage.CONSENT
        due = session.start(LimitName.CONSENT)
        session.ask(TaskKind.CONSENT, due)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.CASE_SCREENED: case_screened,
}
