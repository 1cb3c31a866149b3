"""Speaking with the person: the first contact, the ladder of attempts, and telling a result."""

from collections.abc import Mapping, Sequence

from activities.case_clocks import clock_name
from activities.case_session import CaseSession, Writer, owned
from handoff.case.messages import Milestone, MilestoneResult
from handoff.store.record.tasks import TaskRow
from handoff.vocabulary.words import LimitName, MilestoneName, TaskKind
from handoff.worklist.task_kinds import DUTY_OFFICER, TEAM_LEAD

# Tasks that speaking with them answers.
LADDERS = (TaskKind.CONTACT, TaskKind.MISSED_VISIT, TaskKind.MISSED_VISIT_ESCALATED, TaskKind.SAFETY_CHECK)


def contact_made(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Somebody spoke with the person. Code "" or "result": they were told the result of the assessment, too."""
    running = session.clocks.all()
    session.stop(
        LimitName.FIRST_CONTACT,
        LimitName.CONTACT_ATTEMPT,
        *(name for name in running if name.startswith(LimitName.MISSED_VISIT_CALL)),
    )
    session.answered(*LADDERS)
    if milestone.code in ("", "result"):
        session.stop(clock_name(LimitName.CONTACT_ATTEMPT, TaskKind.TELL_RESULT))
        session.answered(TaskKind.TELL_RESULT)
    return session.result()


def contact_failed(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Climb the ladder: other hours, a home visit, a welfare check; never silence. Verdict: the next step."""
    tasks = session.tasks.open()
    missed = next((task for (kind, _), task in tasks.items() if kind == TaskKind.MISSED_VISIT), None)
    if missed and (TaskKind.CONTACT, "") not in tasks:
        return session.result(_missed_visit(session, missed))
    ladder = session.profile.ladders.contact
    task = tasks.get((TaskKind.CONTACT, ""))
    step = climbed(ladder, str(task.about.get("step", ""))) if task else ladder[0]
    session.answered(TaskKind.CONTACT)
    due = session.start(LimitName.CONTACT_ATTEMPT)
    owner = TEAM_LEAD if step == ladder[-1] else due.owner
    session.ask(TaskKind.CONTACT, owned(due, owner), about={"step": step})
    return session.result(step)


def _missed_visit(session: CaseSession, task: TaskRow) -> str:
    ladder = session.profile.ladders.missed_visit
    step = climbed(ladder, str(task.about.get("step", "")))
    session.close_task(task)
    due = session.start(LimitName.MISSED_VISIT_CALL, task.subject)
    if step == ladder[-1]:
        session.ask(TaskKind.SAFETY_CHECK, owned(due, DUTY_OFFICER), task.subject, {"step": step})
    else:
        session.ask(TaskKind.MISSED_VISIT, due, task.subject, {**task.about, "step": step})
    return step


def climbed(ladder: Sequence[str], step: str) -> str:
    """The next step; the last one is never followed by silence."""
    following = ladder.index(step) + 1 if step in ladder else 0
    return ladder[min(following, len(ladder) - 1)]


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.CONTACT_MADE: contact_made,
    MilestoneName.CONTACT_FAILED: contact_failed,
}
