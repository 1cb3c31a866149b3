"""The first look at a case: eligibility, priority, and who speaks with the person."""

from activities.case_session import CaseSession
from activities.discharge import at_home
from handoff.case.messages import Milestone, MilestoneResult
from handoff.rules.eligibility import Found, Screening, screen


async def case_screened(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Screen the person, begin the first contact, and start what hangs on the discharge. Verdict: the eligibility."""
    if milestone.until and not (session.case.discharged_at or session.case.expected_at):
        if milestone.code == "expected":
            session.case.expected_at = milestone.until
        else:
            session.case.discharged_at = milestone.until
    screening = screened(session, Found())
    _contact(session)
    if session.discharged:
        await at_home(session)
    elif session.case.expected_at:
        session.start("discharge-confirmation", at=session.case.expected_at)
    if screening.eligibility == "not-eligible":
        ask_eligibility(session, screening)
    return session.result(screening.eligibility)


def screened(session: CaseSession, found: Found) -> Screening:
    """Screen anew with what was found, and write it down."""
    screening = screen(session.identity(), found, session.profile, session.at.date())
    session.case.eligibility = screening.eligibility
    session.case.priority = screening.priority
    return screening


def ask_eligibility(session: CaseSession, screening: Screening) -> None:
    """Somebody decides: close the case, or find what opens a door."""
    due = session.start("contact-attempt", "eligibility")
    about = {"eligibility": screening.eligibility, "reasons": [reason.code for reason in screening.reasons]}
    session.ask("eligibility", due, about=about)


def _contact(session: CaseSession) -> None:
    due = session.start("first-contact")
    session.ask("contact", due, about={"step": session.profile.ladders.contact[0]})
    if session.case.consent != "given":
        session.case.stage = "consent"
        due = session.start("consent")
        session.ask("consent", due)
