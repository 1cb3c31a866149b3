"""The gate of the Act: no consent, no disclosure to anyone."""

from activities.page import Page
from activities.undoing import living, lose_provider, told, withdraw
from handoff.milestones import Entry, Outcome

WITHDRAWN = "consent-withdrawn"
# What waits for somebody who may not be told anything new while there is no consent.
DISCLOSURES = ("presurvey", "determination", "resurvey", "plan", "plan-revision", "decision")


async def consent_given(page: Page, _entry: Entry) -> Outcome:
    """Open the gate; what a withdrawal had stopped goes on."""
    page.update(consent="given")
    await page.stop("consent", "consent-again")
    await page.answered("consent", "consent-again")
    await page.running.resume(WITHDRAWN)
    return page.outcome()


async def consent_refused(page: Page, _entry: Entry) -> Outcome:
    """The person said no: nobody is told, and the case closes by another milestone."""
    page.update(consent="refused")
    await page.stop("consent", "consent-again")
    await page.answered("consent", "consent-again")
    return page.outcome()


async def consent_withdrawn(page: Page, _entry: Entry) -> Outcome:
    """Recall what nobody has accepted yet and ask once more. Lines: those that are nobody's again."""
    page.update(consent="withdrawn")
    referrals, lost = page.referrals.open(), []
    for line in await living(page):
        referral = referrals.get(line.line_id)
        if referral and referral.state == "requested":
            await withdraw(page, referral, WITHDRAWN)
            await lose_provider(page, line, WITHDRAWN)
            lost.append(told(line))
    await page.running.pause(WITHDRAWN, DISCLOSURES)
    due = await page.start("consent-again")
    await page.ask("consent-again", due)
    return page.outcome(lines=lost)
