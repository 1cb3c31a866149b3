"""What begins when the person is at home: first service, service of accepted lines, checks."""

from datetime import datetime

from activities.page import Page
from handoff.rules.schedule import checks_after_discharge
from handoff.store.checks import CheckRow
from handoff.store.plans import LineRow
from handoff.store.referrals import AGREED, ReferralRow

HANG_ON_DISCHARGE = ("service-start:", "urgent-service:")


async def at_home(page: Page) -> None:
    """Start, or count anew from this discharge, everything that waits for it."""
    if page.discharged is None:
        return
    if page.case.support_began_at is None:
        await page.start("first-service", at=page.discharged)
    lines = page.lines.all()
    for referral in page.referrals.open().values():
        await urgent_starts(page, lines[referral.line_id])
        await service_starts(page, lines[referral.line_id], referral)
    for name, planned_at in checks_after_discharge(page.discharged, page.profile):
        await plan_check(page, name, planned_at)


async def not_at_home(page: Page, reason: str) -> None:
    """Nothing of it counts: the person is not at home, or not yet."""
    running = page.running.all()
    await page.stop("first-service", *(name for name in running if name.startswith(HANG_ON_DISCHARGE)))
    await page.answered("first-service-late")
    await unplan_checks(page, reason)


async def urgent_starts(page: Page, line: LineRow) -> None:
    """An urgent line is served so long after the later of its plan and the actual discharge, whoever serves it."""
    if page.discharged is None or not line.urgent or await _served(page, line):
        return
    plan = next((each for each in page.plans.versions() if each.version == line.version), None)
    await page.start("urgent-service", line.line_id, at=max(plan.submitted_at if plan else page.at, page.discharged))


async def service_starts(page: Page, line: LineRow, referral: ReferralRow) -> None:
    """The first visit of a line is due so long after the later of acceptance and actual discharge."""
    if page.discharged is None or referral.state not in AGREED or line.kind not in ("series", "one-off"):
        return
    if not await _served(page, line):
        since = max(referral.answered_at or page.at, page.discharged)
        await page.start("service-start", line.line_id, at=since, owner=referral.provider)


async def _served(page: Page, line: LineRow) -> bool:
    return any(visit.state == "completed" for visit in await page.visits.of_line(line.line_id))


async def plan_check(page: Page, name: str, planned_at: datetime) -> CheckRow:
    """Plan a check, or plan it anew; one that was made before an earlier discharge stays, and is made again."""
    known = page.checks.all()
    named, again = name, 1
    while (row := known.get(f"{page.case.case_id}.{named}")) and row.state in ("completed", "failed"):
        again += 1
        named = f"{name}r{again}"
    if row is None:
        row = page.checks.add(CheckRow(f"{page.case.case_id}.{named}", page.case.case_id, named, "planned", planned_at))
    else:
        await _not_due(page, row)
        page.checks.change(row, state="planned", planned_at=planned_at, ended_at=None)
    owner = page.running.owner("check", page.at)
    await page.running.appoint(f"check:{named}", planned_at, owner, row.check_id)
    return row


async def unplan_checks(page: Page, reason: str, *, all_of_them: bool = False) -> None:
    """Cancel the checks that hang on the discharge, or every check that was not made."""
    for row in page.checks.all().values():
        if row.state == "planned" and (all_of_them or row.name.startswith("day-")):
            await _not_due(page, row)
            await page.stop(f"check:{row.name}")
            page.checks.change(row, state="cancelled", result=reason, ended_at=page.at)


async def _not_due(page: Page, row: CheckRow) -> None:
    await page.stop(f"check-window:{row.name}")
    await page.answered("check", "safety-check", subject=row.check_id)
