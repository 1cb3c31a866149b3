"""The end of a case: everything open is undone, everybody involved is told, every clock stops."""

from activities.home import unplan_checks
from activities.page import Page
from activities.undoing import cancel_visits, drop_line, living
from handoff.milestones import Entry, Outcome
from handoff.store import cases

DEATHS = ("reason-1", "outcome-died")


async def closed(page: Page, entry: Entry) -> Outcome:
    """Close the case with a statutory reason (`reason-1` to `reason-5`) or an outcome (`outcome-X`).

    After a death nothing that is written asks anybody to contact the household.
    """
    if page.case.closed_at:
        return page.outcome("closed")
    word, _, value = entry.code.partition("-")
    page.update(
        closed_at=page.at,
        stage="closed",
        end_reason=int(value) if word == "reason" else None,
        outcome=value if word == "outcome" else "",
    )
    await _undo(page, "died" if entry.code in DEATHS else "closed")
    await _tell_everybody(page)
    return page.outcome("closed")


async def _undo(page: Page, why: str) -> None:
    for line in await living(page):
        await drop_line(page, line, "completed" if line.state == "in-service" else "removed", why)
    await cancel_visits(page, why, states=("scheduled", "suspended", "unreported"))
    await unplan_checks(page, why, all_of_them=True)
    await page.stop(*page.running.all())
    for task in page.tasks.open().values():
        if task.kind != "after-closing":
            page.close_task(task)


async def _tell_everybody(page: Page) -> None:
    """Whoever told of the discharge, and whoever was told anything about the case."""
    payload: dict[str, object] = {"case_id": page.case.case_id, "outcome": page.case.outcome}
    if page.case.end_reason:
        payload["end_reason"] = page.case.end_reason
    told = await cases.informed(page.desk.conn, page.case.case_id) | page.told_now()
    for receiver in sorted(told | set(await cases.tellers(page.desk.conn, page.case.case_id))):
        page.tell(receiver, "handoff.closed", {name: value for name, value in payload.items() if value})
