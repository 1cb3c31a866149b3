"""The first look at a case: eligibility, priority, and who speaks with the person."""

from activities.home import at_home
from activities.page import Page
from handoff.milestones import Entry, Outcome
from handoff.rules.eligibility import Found, Screening, screen


async def case_screened(page: Page, entry: Entry) -> Outcome:
    """Screen the person, begin the first contact, and start what hangs on the discharge. Verdict: the eligibility."""
    if entry.until and not (page.case.discharged_at or page.case.expected_at):
        page.update(**{"expected_at" if entry.code == "expected" else "discharged_at": entry.until})
    screening = await screened(page, Found())
    await _contact(page)
    if page.discharged:
        await at_home(page)
    elif page.case.expected_at:
        await page.start("discharge-confirmation", at=page.case.expected_at)
    if screening.eligibility == "not-eligible":
        await ask_eligibility(page, screening)
    return page.outcome(screening.eligibility)


async def screened(page: Page, found: Found) -> Screening:
    """Screen anew with what was found, and write it down."""
    screening = screen(page.identity(), found, page.profile, page.at.date())
    page.update(eligibility=screening.eligibility, priority=screening.priority)
    return screening


async def ask_eligibility(page: Page, screening: Screening) -> None:
    """Somebody decides: close the case, or find what opens a door."""
    due = await page.start("contact-attempt", "eligibility")
    about = {"eligibility": screening.eligibility, "reasons": [reason.code for reason in screening.reasons]}
    await page.ask("eligibility", due, about=about)


async def _contact(page: Page) -> None:
    due = await page.start("first-contact")
    await page.ask("contact", due, about={"step": page.profile.ladders.contact[0]})
    if page.case.consent != "given":
        page.update(stage="consent")
        due = await page.start("consent")
        await page.ask("consent", due)
