"""Checks on the person: they ring at their moment, are made or fail, and the statutory ones plan the next."""

from activities import letters
from activities.contact import climbed
from activities.home import plan_check
from activities.page import DUTY_OFFICER, Page, owned
from handoff.milestones import Due, Entry, Outcome
from handoff.rules.schedule import checks_after_plan
from handoff.store.checks import CheckRow


async def check_due(page: Page, entry: Entry) -> Outcome:
    """A check's moment has come: somebody looks after the person. Verdict: `due`, or `gone`."""
    check = await _one(page, entry.subject)
    if check is None or check.state != "planned":
        return page.outcome("gone")
    await page.stop(f"check:{check.name}")
    due = await _window(page, check)
    step = page.profile.ladders.check[0]
    await page.ask("check", due, check.check_id, {"check": check.name, "step": step})
    assessor = page.profile.assessor_of(page.case.district)
    letters.progressed(page, assessor, letters.News("check-due", due_at=due.due_at), check.check_id)
    return page.outcome("due", check.check_id)


async def check_completed(page: Page, entry: Entry) -> Outcome:
    """The check was made; a change of need is a new plan. Verdict: `completed`, or `gone`."""
    check = await _one(page, entry.subject)
    if check is None or check.state not in ("planned", "failed"):
        return page.outcome("gone")
    page.checks.change(check, state="completed", result=entry.code or "well", ended_at=entry.at)
    await page.stop(f"check:{check.name}", f"check-window:{check.name}")
    await page.answered("check", "safety-check", subject=check.check_id)
    if entry.code in ("needs-change", "worse"):
        due = await page.start("plan-revision")
        await page.ask("draft-plan", due, about={"check": check.name, "result": entry.code})
    elif entry.code == "need-ended":
        due = await page.start("review-end")
        await page.ask("review-end", due, about={"check": check.name, "result": entry.code})
    if check.name.startswith("month-") and page.case.plan_first_approved_at:
        planned = checks_after_plan(page.case.plan_first_approved_at, check.name, page.profile)
        await plan_check(page, *planned)
    return page.outcome("completed", check.check_id)


async def check_failed(page: Page, entry: Entry) -> Outcome:
    """The person was not found: the next step, and at last a safety check. Verdict: the step, or `gone`."""
    check = await _one(page, entry.subject)
    if check is None or check.state != "planned":
        return page.outcome("gone")
    tasks = page.tasks.open()
    task = tasks.get(("check", check.check_id)) or tasks.get(("safety-check", check.check_id))
    ladder = page.profile.ladders.check
    step = climbed(ladder, str(task.about.get("step", ""))) if task else ladder[0]
    await page.answered("check", "safety-check", subject=check.check_id)
    await page.stop(f"check:{check.name}")
    due = await _window(page, check)
    last = step == ladder[-1]
    kind, owner = ("safety-check", DUTY_OFFICER) if last else ("check", due.owner)
    await page.ask(kind, owned(due, owner), check.check_id, {"check": check.name, "step": step, "reason": entry.code})
    return page.outcome(step, check.check_id)


async def _window(page: Page, check: CheckRow) -> Due:
    return await page.start("check", check.check_id)


async def _one(page: Page, subject: str) -> CheckRow | None:
    """The check by id or by name; of a case, the one that is due, else the next."""
    known = page.checks.all()
    if subject in known:
        return known[subject]
    if subject != page.case.case_id and subject:
        return known.get(f"{page.case.case_id}.{subject}")
    tasks = page.tasks.open()
    waiting = sorted(
        (check for check in known.values() if check.state == "planned"), key=lambda check: check.planned_at
    )
    due = [each for each in waiting if ("check", each.check_id) in tasks or ("safety-check", each.check_id) in tasks]
    return next(iter([*due, *waiting]), None)
