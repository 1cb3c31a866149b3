"""What is taken back: offers, capacity, visits, lines. By what the record has open, not by what the story remembers."""

from activities.letters import referral_withdrawn
from activities.page import Page
from handoff.milestones import LineTold
from handoff.store.plans import ENDED, LineRow
from handoff.store.referrals import ReferralRow
from handoff.store.visits import VisitRow

WHOEVER_SERVES = ("urgent-service", "make-up")  # limits that run on when a line changes hands


async def end_referral(page: Page, referral: ReferralRow, state: str, reason: str = "") -> None:
    """End a referral in a state of the Gravity Task: its capacity is free, and nobody waits for its answer."""
    if referral.reserved:
        await page.capacities.free(referral.provider, referral.reserved)
    page.referrals.change(referral, state=state, reason=reason, reserved=0)
    await page.running.stop_about(referral.offer_id)
    await page.answered("answer", subject=referral.offer_id)


async def withdraw(page: Page, referral: ReferralRow, reason: str) -> None:
    """Take a referral back, whatever its state, and tell its provider."""
    served = referral.state == "in-progress" and reason in ("plan-changed", "closed", "died")
    await end_referral(page, referral, "completed" if served else "cancelled", reason)
    referral_withdrawn(page, referral, reason)


async def cancel_visits(page: Page, reason: str, *, line: str = "", states: tuple[str, ...] = ()) -> list[VisitRow]:
    """Cancel visits that have not taken place; an unreported one may have, so it stays unless it is named."""
    wanted = states or ("scheduled", "suspended")
    found = [each for each in page.visits.open() if each.state in wanted and line in ("", each.line_id)]
    for visit in found:
        page.visits.change(visit, state="cancelled", reason=reason, ended_at=page.at)
        await page.running.stop_about(visit.visit_id)
        await page.answered("visit-report", subject=visit.visit_id)
    return found


async def set_line(page: Page, line: LineRow, state: str, reason: str = "") -> None:
    """Move a line on: nobody waits any longer for what it waited for."""
    await page.running.stop_about(line.line_id, but=() if state in ENDED else WHOEVER_SERVES)
    await page.answered("gap", subject=line.line_id)
    provider = line.provider if state in ("completed", "failed") else ""
    page.lines.change(line, state=state, reason=reason, provider=provider)


async def lose_provider(page: Page, line: LineRow, reason: str, *, anew: bool = False) -> None:
    """A line is nobody's again; `anew`: whoever declined before may be asked again."""
    await cancel_visits(page, reason, line=line.line_id)
    await set_line(page, line, "planned", reason)
    if anew:
        page.lines.change(line, asked_anew_at=page.at)


async def drop_line(page: Page, line: LineRow, state: str, reason: str) -> None:
    """End a line: its referral is withdrawn, its visits are cancelled."""
    referral = page.referrals.open().get(line.line_id)
    if referral:
        await withdraw(page, referral, reason)
    await cancel_visits(page, reason, line=line.line_id)
    await set_line(page, line, state, reason)


async def living(page: Page) -> list[LineRow]:
    """The lines that something may still follow."""
    return [line for line in page.lines.all().values() if line.state not in ENDED]


def told(line: LineRow, *, provisional: bool = False, keeps: str = "") -> LineTold:
    """A line as the story is told of it."""
    return LineTold(line.line_id, line.kind, urgent=line.urgent, provisional=provisional, keeps=keeps)
