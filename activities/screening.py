"""The first look at a case: eligibility, priority, and who speaks with the person."""

from activities.case_session import CaseSession
from activities.discharge import at_home
from handoff.case.messages import Milestone, MilestoneResult
from handoff.rules.eligibility import Found, Screening, screen


async def case_screened(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Screen the person, begin the first contact, and start what hangs on the discharge. Verdict: the eligibility."""
    if milestone.until and not (session.case.discharged_at or session.case.expected_at):
        session.update(**{"expected_at" if milestone.code == "expected" else "discharged_at": milestone.until})
    screening = await screened(session, Found())
    await _contact(session)
    if session.discharged:
        await at_home(session)
    elif session.case.expected_at:
        await session.start("discharge-confirmation", at=session.case.expected_at)
    if screening.eligibility == "not-eligible":
        await ask_eligibility(session, screening)
    return session.result(screening.eligibility)


async def screened(session: CaseSession, found: Found) -> Screening:
    """Screen anew with what was found, and write it down."""
    screening = screen(session.identity(), found, session.profile, session.at.date())
    session.update(eligibility=screening.eligibility, priority=screening.priority)
    return screening


async def ask_eligibility(session: CaseSession, screening: Screening) -> None:
    """Somebody decides: close the case, or find what opens a door."""
    due = await session.start("contact-attempt", "eligibility")
    about = {"eligibility": screening.eligibility, "reasons": [reason.code for reason in screening.reasons]}
    await session.ask("eligibility", due, about=about)


async def _contact(session: CaseSession) -> None:
    due = await session.start("first-contact")
    await session.ask("contact", due, about={"step": session.profile.ladders.contact[0]})
    if session.case.consent != "given":
        session.update(stage="consent")
        due = await session.start("consent")
        await session.ask("consent", due)
