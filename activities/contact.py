"""Speaking with the person: the first contact, the ladder of attempts, and telling a result."""

from collections.abc import Sequence

from activities.case_session import CaseSession, owned
from handoff.case.messages import Milestone, MilestoneResult
from handoff.store.record.tasks import TaskRow
from handoff.worklist.task_kinds import DUTY_OFFICER, TEAM_LEAD

LADDERS = ("contact", "missed-visit", "missed-visit-escalated", "safety-check")  # tasks that speaking with them answers


async def contact_made(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Somebody spoke with the person. Code "" or "result": they were told the result of the assessment, too."""
    running = session.clocks.all()
    await session.stop(
        "first-contact", "contact-attempt", *(name for name in running if name.startswith("missed-visit"))
    )
    await session.answered(*LADDERS)
    if milestone.code in ("", "result"):
        await session.stop("contact-attempt:tell-result")
        await session.answered("tell-result")
    return session.result()


async def contact_failed(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Climb the ladder: other hours, a home visit, a welfare check; never silence. Verdict: the next step."""
    tasks = session.tasks.open()
    missed = next((task for (kind, _), task in tasks.items() if kind == "missed-visit"), None)
    if missed and ("contact", "") not in tasks:
        return session.result(await _missed_visit(session, missed))
    ladder = session.profile.ladders.contact
    task = tasks.get(("contact", ""))
    step = climbed(ladder, str(task.about.get("step", ""))) if task else ladder[0]
    await session.answered("contact")
    due = await session.start("contact-attempt")
    owner = TEAM_LEAD if step == ladder[-1] else due.owner
    await session.ask("contact", owned(due, owner), about={"step": step})
    return session.result(step)


async def _missed_visit(session: CaseSession, task: TaskRow) -> str:
    ladder = session.profile.ladders.missed_visit
    step = climbed(ladder, str(task.about.get("step", "")))
    session.close_task(task)
    due = await session.start("missed-visit-call", task.subject)
    if step == ladder[-1]:
        await session.ask("safety-check", owned(due, DUTY_OFFICER), task.subject, {"step": step})
    else:
        await session.ask("missed-visit", due, task.subject, {**task.about, "step": step})
    return step


def climbed(ladder: Sequence[str], step: str) -> str:
    """The next step; the last one is never followed by silence."""
    following = ladder.index(step) + 1 if step in ladder else 0
    return ladder[min(following, len(ladder) - 1)]
