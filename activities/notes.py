"""What is written down and changes little: news that move nothing, what is set aside, late clocks, tasks settled."""

from activities import letters
from activities.discharge import settled_by_repetition
from activities.page import TEAM_LEAD, Page
from handoff.milestones import Due, Entry, Outcome
from handoff.task_clocks import tasks_of


async def noted(page: Page, entry: Entry) -> Outcome:
    """Something was told that moves nothing here; `why` says what it was."""
    by_a_person = "#a" in entry.key
    if entry.why == "same-date" and (by_a_person or entry.who == page.case.facility):
        await settled_by_repetition(page)
    return page.outcome()


async def set_aside(page: Page, entry: Entry) -> Outcome:
    """What was told does not fit; its sender is told why."""
    await letters.rejected(page, letters.No(entry.code or "not-awaited", entry.subject))
    return page.outcome("set-aside")


async def told_after_closing(page: Page, entry: Entry) -> Outcome:
    """Something came while the case was closing: a person reads it."""
    about = {"kind": entry.why, "who": entry.who, "subject": entry.subject}
    due = Due("", page.at, owner=page.running.owner("correction", page.at))
    await page.ask("after-closing", due, str(entry.fact or entry.key), about)
    return page.outcome()


async def death_doubted(page: Page, entry: Entry) -> Outcome:
    """Death data that contradicts itself stops nothing: a person confirms it, or drops it."""
    due = await page.start("death-confirmation")
    told_at = entry.until.isoformat() if entry.until else ""
    about = {"who": entry.who, "died_at": told_at, "discharge": str(page.case.discharged_at or "")}
    await page.ask("confirm-death", due, about=about)
    return page.outcome("doubted")


async def services_over(page: Page, _entry: Entry) -> Outcome:
    """Every line has ended: somebody decides between the end of support and a new plan."""
    due = await page.start("review-end")
    await page.ask("review-end", due)
    return page.outcome()


async def task_settled(page: Page, entry: Entry) -> Outcome:
    """A person settled a task that nothing else answers (subject: the task). Verdict: `settled`, or `gone`."""
    for task in page.tasks.open().values():
        if task.task_id == entry.subject:
            page.close_task(task)
            for clock in page.running.all().values():
                if (task.kind, task.subject) in tasks_of(clock.name, clock.subject):
                    await page.stop(clock.name)
            return page.outcome("settled", entry.subject)
    return page.outcome("gone")


async def late(page: Page, entry: Entry) -> Outcome:
    """A clock warns: its task, if there is one, says so."""
    clock = page.running.all().get(entry.subject)
    if clock is None:
        return page.outcome("gone")
    open_tasks = page.tasks.open()
    for name in tasks_of(clock.name, clock.subject):
        if name in open_tasks:
            task = open_tasks[name]
            page.tasks.change(task, about={**task.about, "warned": clock.name})
            break
    return page.outcome()


async def overdue(page: Page, entry: Entry) -> Outcome:
    """A clock ran out: it keeps running, and somebody else owns what it stands for. Verdict: the owner, or `gone`."""
    clock = page.running.all().get(entry.subject)
    if clock is None or clock.paused:
        return page.outcome("gone")
    owner = (
        page.profile.limit(clock.limit, clock.started_at).escalate_to
        if clock.limit in page.profile.limits
        else TEAM_LEAD
    )
    names = tasks_of(clock.name, clock.subject)
    open_tasks = page.tasks.open()
    task = next((open_tasks[name] for name in names if name in open_tasks), None)
    if task is None:
        kind, subject = ("decide", "") if await _awaits_decision(page, clock.name) else names[0]
        about = {"limit": clock.limit, "waits_for": clock.owner}
        task = await page.ask(kind, Due(clock.name, clock.due_at, owner=owner), subject, about)
    page.tasks.change(task, owner=owner, escalated_at=page.at, about={**task.about, "overdue": clock.name})
    return page.outcome(owner, clock.name)


async def _awaits_decision(page: Page, clock: str) -> bool:
    return clock == "plan" and any(plan.state == "submitted" for plan in page.plans.versions())
