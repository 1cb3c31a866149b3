"""The discharge: confirmed, corrected, cancelled, renewed. Every clock and booking that hangs on it follows."""

from datetime import datetime

from activities import letters
from activities.home import at_home, not_at_home
from activities.page import Page
from activities.undoing import cancel_visits, living, lose_provider, told, withdraw
from activities.visits import move_visit
from handoff.milestones import Entry, Outcome
from handoff.rules.schedule import first_visit_at

CANCELLED = "discharge-cancelled"


async def discharge_confirmed(page: Page, entry: Entry) -> Outcome:
    """The expected discharge has taken place: services and checks begin."""
    page.update(discharged_at=entry.until or page.at)
    await _date_settled(page)
    await page.stop("discharge-confirmation")
    await page.answered("confirm-discharge")
    await at_home(page)
    await _tell_date(page)
    return page.outcome("confirmed")


async def discharge_corrected(page: Page, entry: Entry) -> Outcome:
    """The date was another: open clocks and checks are counted anew, those already told are told again.

    Code `expected`: the person is not at home yet after all.
    """
    await _date_settled(page)
    if entry.code == "expected":
        page.update(expected_at=entry.until, discharged_at=None)
        await not_at_home(page, "discharge-corrected")
        await cancel_visits(page, "discharge-corrected")
        await page.start("discharge-confirmation", at=entry.until)
    else:
        page.update(discharged_at=entry.until)
        await page.stop("discharge-confirmation")
        await page.answered("confirm-discharge")
        await at_home(page)
        await _visits_after(page, entry.until or page.at)
    await _tell_date(page)
    return page.outcome("corrected")


async def dates_differ(page: Page, entry: Entry) -> Outcome:
    """Another teller names another date; until a person settles it, the discharging facility's word counts."""
    due = await page.start("correction")
    until = entry.until.isoformat() if entry.until else ""
    about = {"says": entry.who, "facility": page.case.facility, "until": until, "what": entry.code or entry.why}
    await page.ask("dates-differ", due, about=about)
    return page.outcome()


async def discharge_cancelled(page: Page, _entry: Entry) -> Outcome:
    """Undo everything booked and let the clocks stand still; the case waits for a new date. Lines: nobody's again."""
    page.update(discharged_at=None, expected_at=None, admitted_at=None)
    referrals = page.referrals.open()
    lines = await living(page)
    for line in lines:
        if line.line_id in referrals:
            await withdraw(page, referrals[line.line_id], CANCELLED)
        await lose_provider(page, line, CANCELLED, anew=True)
    await cancel_visits(page, CANCELLED, states=("scheduled", "suspended", "unreported"))
    await not_at_home(page, CANCELLED)
    await page.stop("discharge-confirmation", "correction")
    await page.answered("confirm-discharge", "dates-differ", "missed-visit", "missed-visit-escalated")
    await page.running.pause(CANCELLED)
    await page.start("discharge-cancelled")
    await letters.tellers_progressed(page, letters.News(CANCELLED))
    return page.outcome("cancelled", lines=[told(line) for line in lines])


async def discharge_renewed(page: Page, entry: Entry) -> Outcome:
    """There is a date again: the clocks go on with what they had left; lines are offered anew by the story."""
    await page.stop("discharge-cancelled")
    await page.answered("cancelled-discharge")
    await page.running.resume(CANCELLED)
    if entry.code == "expected":
        page.update(expected_at=entry.until or page.at)
        await page.start("discharge-confirmation", at=entry.until)
    else:
        page.update(discharged_at=entry.until or page.at)
        await at_home(page)
    return page.outcome("renewed")


async def settled_by_repetition(page: Page) -> None:
    """Whoever decides about dates said the same date once more: the difference is settled."""
    await _date_settled(page)


async def _date_settled(page: Page) -> None:
    await page.stop("correction")
    await page.answered("dates-differ")


async def _tell_date(page: Page) -> None:
    """Tell the date to providers with an open referral and to whoever told of the discharge."""
    date = page.case.discharged_at
    news = letters.News("discharge-corrected", discharged_at=date, expected_at=None if date else page.case.expected_at)
    told_already: set[str] = set()
    for referral in page.referrals.open().values():
        letters.progressed(page, referral.provider, news, referral.offer_id)
        told_already.add(referral.provider)
    assessor = page.profile.assessor_of(page.case.district)
    if "presurvey" in page.running.all() and assessor not in told_already:
        letters.progressed(page, assessor, news)
    await letters.tellers_progressed(page, news)


async def _visits_after(page: Page, discharged_at: datetime) -> None:
    """A visit planned for before the person is at home is planned anew."""
    for visit in page.visits.open():
        if visit.state == "scheduled" and visit.planned_at < discharged_at:
            await move_visit(page, visit, first_visit_at(page.at, discharged_at, None, page.profile))
