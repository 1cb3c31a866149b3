"""Speaking with the person: the first contact, the ladder of attempts, and telling a result."""

from collections.abc import Sequence

from activities.case_session import CaseSession, owned
from handoff.case.messages import Milestone, MilestoneResult
from handoff.store.record.tasks import TaskRow
from handoff.worklist.task_kinds import DUTY_OFFICER, TEAM_LEAD

LADDERS = ("contact", "missed-visit", "missed-visit-escalated", "safety-check")  # tasks that speaking with them answers


def contact_made(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Somebody spoke with the person. Code "" or "result": they were told the result of the assessment, too."""
    running = session.clocks.all()
    session.stop("first-contact", "contact-attempt", *(name for name in running if name.startswith("missed-visit")))
    session.answered(*LADDERS)
    if milestone.code in ("", "result"):
        session.stop("contact-attempt:tell-result")
        session.answered("tell-result")
    return session.result()


def contact_failed(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Climb the ladder: other hours, a home visit, a welfare check; never silence. Verdict: the next step."""
    tasks = session.tasks.open()
    missed = next((task for (kind, _), task in tasks.items() if kind == "missed-visit"), None)
    if missed and ("contact", "") not in tasks:
        return session.result(_missed_visit(session, missed))
    ladder = session.profile.ladders.contact
    task = tasks.get(("contact", ""))
    step = climbed(ladder, str(task.about.get("step", ""))) if task else ladder[0]
    session.answered("contact")
    due = session.start("contact-attempt")
    owner = TEAM_LEAD if step == ladder[-1] else due.owner
    session.ask("contact", owned(due, owner), about={"step": step})
    return session.result(step)


def _missed_visit(session: CaseSession, task: TaskRow) -> str:
    ladder = session.profile.ladders.missed_visit
    step = climbed(ladder, str(task.about.get("step", "")))
    session.close_task(task)
    due = session.start("missed-visit-call", task.subject)
    if step == ladder[-1]:
        session.ask("safety-check", owned(due, DUTY_OFFICER), task.subject, {"step": step})
    else:
        session.ask("missed-visit", due, task.subject, {**task.about, "step": step})
    return step


def climbed(ladder: Sequence[str], step: str) -> str:
    """The next step; the last one is never followed by silence."""
    following = ladder.index(step) + 1 if step in ladder else 0
    return ladder[min(following, len(ladder) - 1)]
