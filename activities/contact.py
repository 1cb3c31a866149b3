"""Speaking with the person: the first contact, the ladder of attempts, and telling a result."""

from collections.abc import Sequence

from activities.page import DUTY_OFFICER, TEAM_LEAD, Page, owned
from handoff.milestones import Entry, Outcome
from handoff.store.tasks import TaskRow

LADDERS = ("contact", "missed-visit", "missed-visit-escalated", "safety-check")  # tasks that speaking with them answers


async def contact_made(page: Page, entry: Entry) -> Outcome:
    """Somebody spoke with the person. Code "" or "result": they were told the result of the assessment, too."""
    running = page.running.all()
    await page.stop("first-contact", "contact-attempt", *(name for name in running if name.startswith("missed-visit")))
    await page.answered(*LADDERS)
    if entry.code in ("", "result"):
        await page.stop("contact-attempt:tell-result")
        await page.answered("tell-result")
    return page.outcome()


async def contact_failed(page: Page, _entry: Entry) -> Outcome:
    """Climb the ladder: other hours, a home visit, a welfare check; never silence. Verdict: the next step."""
    tasks = page.tasks.open()
    missed = next((task for (kind, _), task in tasks.items() if kind == "missed-visit"), None)
    if missed and ("contact", "") not in tasks:
        return page.outcome(await _missed_visit(page, missed))
    ladder = page.profile.ladders.contact
    task = tasks.get(("contact", ""))
    step = climbed(ladder, str(task.about.get("step", ""))) if task else ladder[0]
    await page.answered("contact")
    due = await page.start("contact-attempt")
    owner = TEAM_LEAD if step == ladder[-1] else due.owner
    await page.ask("contact", owned(due, owner), about={"step": step})
    return page.outcome(step)


async def _missed_visit(page: Page, task: TaskRow) -> str:
    ladder = page.profile.ladders.missed_visit
    step = climbed(ladder, str(task.about.get("step", "")))
    page.close_task(task)
    due = await page.start("missed-visit-call", task.subject)
    if step == ladder[-1]:
        await page.ask("safety-check", owned(due, DUTY_OFFICER), task.subject, {"step": step})
    else:
        await page.ask("missed-visit", due, task.subject, {**task.about, "step": step})
    return step


def climbed(ladder: Sequence[str], step: str) -> str:
    """The next step; the last one is never followed by silence."""
    following = ladder.index(step) + 1 if step in ladder else 0
    return ladder[min(following, len(ladder) - 1)]
