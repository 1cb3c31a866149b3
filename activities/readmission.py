"""Readmission while the episode is open: everything stands still, capacity is held for a while, then goes on or not."""

from activities import letters
from activities.assessment import next_resurvey, request
from activities.home import at_home, not_at_home, service_starts
from activities.page import Page
from activities.undoing import cancel_visits, living, lose_provider, told, withdraw
from handoff.milestones import Entry, LineTold, Outcome
from handoff.store.referrals import ReferralRow
from handoff.store.visits import VisitRow

READMITTED = "readmitted"
# Tasks that make no sense while the person lies in hospital.
MOOT = ("missed-visit", "missed-visit-escalated", "safety-check", "check", "first-service-late", "confirm-discharge")


async def suspended(page: Page, entry: Entry) -> Outcome:
    """Stop the clocks, suspend visits, hold what providers had accepted, take back what they had not.

    Lines: those that are nobody's again.
    """
    page.update(admitted_at=entry.until or page.at)
    visits = await _visits_suspended(page)
    referrals, lost = page.referrals.open(), []
    for line in await living(page):
        referral = referrals.get(line.line_id)
        if referral and referral.state == "requested":
            await withdraw(page, referral, READMITTED)
            await lose_provider(page, line, READMITTED)
            lost.append(told(line))
        elif referral:
            page.referrals.change(referral, state="on-hold")
            page.lines.change(line, state="on-hold")
            _tell(page, referral, "suspended", [each for each in visits if each.offer_id == referral.offer_id])
    await page.answered(*MOOT)
    await _clocks_stand(page)
    await page.start("readmission-hold")
    await page.start("readmission-review")
    return page.outcome("suspended", lines=lost)


async def hold_expired(page: Page, _entry: Entry) -> Outcome:
    """The capacity held is needed by others. Lines: those that are nobody's again."""
    await page.stop("readmission-hold")
    referrals, lost = page.referrals.open(), []
    for line in await living(page):
        referral = referrals.get(line.line_id)
        if referral and referral.state == "on-hold":
            await withdraw(page, referral, "hold-expired")
            await lose_provider(page, line, "hold-expired", anew=True)
            lost.append(told(line))
    return page.outcome("expired", lines=lost)


async def resumed(page: Page, entry: Entry) -> Outcome:
    """The person is at home again (code `cancelled`: was never admitted). Lines: those whose provider was kept.

    Clocks go on with what they had left, checks count from the new discharge, a short survey is asked for.
    """
    mistaken = entry.code == "cancelled"
    page.update(admitted_at=None)
    if not mistaken:
        expected = entry.code == "expected"
        page.update(discharged_at=None if expected else entry.until or page.at)
        page.update(expected_at=entry.until if expected else page.case.expected_at)
    await page.stop("readmission-hold", "readmission-review")
    await page.answered("readmission-review")
    await page.running.resume(READMITTED)
    await cancel_visits(page, READMITTED, states=("suspended",))
    kept = await _referrals_go_on(page)
    if not mistaken:
        await _home_again(page)
    return page.outcome("resumed", lines=kept)


async def _visits_suspended(page: Page) -> list[VisitRow]:
    found = [visit for visit in page.visits.open() if visit.state == "scheduled"]
    for visit in found:
        page.visits.change(visit, state="suspended")
        await page.running.stop_about(visit.visit_id)
    return found


async def _clocks_stand(page: Page) -> None:
    """All but those about the ladders just closed, which have nothing to go on with."""
    running = page.running.all()
    await page.stop(*(name for name in running if name.split(":")[0] in ("missed-visit-call", "check-window")))
    await page.stop("discharge-confirmation")
    await page.running.pause(READMITTED)


async def _referrals_go_on(page: Page) -> list[LineTold]:
    lines, kept = page.lines.all(), []
    for referral in page.referrals.open().values():
        if referral.state == "on-hold":
            page.referrals.change(referral, state="accepted")
            page.lines.change(lines[referral.line_id], state="accepted")
            _tell(page, referral, "resumed", [])
            kept.append(told(lines[referral.line_id]))
            await service_starts(page, lines[referral.line_id], referral)
    return kept


async def _home_again(page: Page) -> None:
    if page.discharged:
        await at_home(page)
    else:
        await not_at_home(page, READMITTED)
        await page.start("discharge-confirmation", at=page.case.expected_at)
    if page.case.consent == "given":
        assessor = page.profile.assessor_of(page.case.district)
        await request(page, "resurvey", await next_resurvey(page), assessor)


def _tell(page: Page, referral: ReferralRow, state: str, visits: list[VisitRow]) -> None:
    named = tuple(visit.visit_id for visit in visits)
    date = page.case.discharged_at if state == "resumed" else None
    letters.progressed(
        page, referral.provider, letters.News(state, visits=named, discharged_at=date), referral.offer_id
    )
