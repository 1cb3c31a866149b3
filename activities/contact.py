"""Writes contacts with the person, and failed attempts.

After a failed contact, a missed visit or a failed check, the next attempt is the next rung of a ladder in the profile.
"""

from collections.abc import Mapping, Sequence

from activities.case_clocks import clock_name
from activities.case_session import CaseSession, Writer, owned
from handoff.case.messages import Milestone, MilestoneResult
from handoff.store.record.tasks import TaskRow
from handoff.store.record.visits import VisitRow
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.states import Priority, VisitState
from handoff.vocabulary.words import MilestoneName
from handoff.worklist.task_kinds import DUTY_OFFICER, TEAM_LEAD

# Tasks that are done when somebody has spoken with the person.
ANSWERED = (TaskKind.CONTACT, TaskKind.MISSED_VISIT, TaskKind.MISSED_VISIT_ESCALATED, TaskKind.SAFETY_CHECK)


def contact_made(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Close the tasks of contact. With code "" or "result", the person was also told the result of the assessment."""
    running = session.clocks.all()
    session.stop(
        LimitName.FIRST_CONTACT,
        LimitName.CONTACT_ATTEMPT,
        *(name for name in running if name.startswith(LimitName.MISSED_VISIT_CALL)),
    )
    session.answered(*ANSWERED)
    if milestone.code in ("", "result"):
        session.stop(clock_name(LimitName.CONTACT_ATTEMPT, TaskKind.TELL_RESULT))
        session.answered(TaskKind.TELL_RESULT)
    return session.result()


def contact_failed(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Note that the person was not reached. Verdict: `failed`."""
    return session.result(Verdict.FAILED)


def result_to_tell(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Open a task to tell the person the result of the assessment."""
    due = session.start(LimitName.CONTACT_ATTEMPT, TaskKind.TELL_RESULT)
    session.ask(TaskKind.TELL_RESULT, due)
    return session.result()


async def next_attempt(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Open the task of the next attempt, after a failed contact, a missed visit or a failed check.

    Verdict: the rung of the ladder, such as a call at other hours, a home visit or a safety check.
    """
    failed = session.followed.milestone.what
    if failed == MilestoneName.VISIT_MISSED or session.followed.result.verdict == Verdict.MISSED:
        rung = await _after_missed_visit(session)
    elif failed == MilestoneName.CHECK_FAILED:
        rung = _after_failed_check(session)
    else:
        rung = _after_failed_contact(session)
    return session.result(rung, session.followed.result.subject)


def _after_failed_contact(session: CaseSession) -> str:
    tasks = session.tasks.open()
    missed = next((task for (kind, _), task in tasks.items() if kind == TaskKind.MISSED_VISIT), None)
    task = tasks.get((TaskKind.CONTACT, ""))
    if missed and task is None:
        return _missed_visit_again(session, missed)
    rungs = session.profile.ladders.contact
    rung = climbed(rungs, task)
    session.answered(TaskKind.CONTACT)
    due = session.start(LimitName.CONTACT_ATTEMPT)
    session.ask(TaskKind.CONTACT, owned(due, TEAM_LEAD if rung == rungs[-1] else due.owner), about={"step": rung})
    return rung


def _missed_visit_again(session: CaseSession, task: TaskRow) -> str:
    rungs = session.profile.ladders.missed_visit
    rung = climbed(rungs, task)
    session.close_task(task)
    due = session.start(LimitName.MISSED_VISIT_CALL, task.subject)
    if rung == rungs[-1]:
        session.ask(TaskKind.SAFETY_CHECK, owned(due, DUTY_OFFICER), task.subject, {"step": rung})
    else:
        session.ask(TaskKind.MISSED_VISIT, due, task.subject, {**task.about, "step": rung})
    return rung


async def _after_missed_visit(session: CaseSession) -> str:
    """Open a task to call on the same day.

    The second missed visit in a row is also a task of the team lead. If nobody answered, and the person has a high
    priority, the duty officer gets a safety check.
    """
    visit, rung = session.followed.result.subject, session.profile.ladders.missed_visit[0]
    row = session.visits.one(visit)
    due = session.start(LimitName.MISSED_VISIT_CALL, visit)
    about = {"line": row.line_id if row else "", "reason": row.reason if row else "", "step": rung}
    session.ask(TaskKind.MISSED_VISIT, due, visit, about)
    if row and await _missed_before(session, row):
        session.ask(TaskKind.MISSED_VISIT_ESCALATED, owned(due, TEAM_LEAD), visit, about)
    if row and row.reason == "no-answer" and session.case.priority == Priority.HIGH:
        session.ask(TaskKind.SAFETY_CHECK, owned(due, DUTY_OFFICER), visit, about)
    return rung


async def _missed_before(session: CaseSession, visit: VisitRow) -> bool:
    """Whether the previous visit of the line was missed, too."""
    earlier = [row for row in await session.visits.of_line(visit.line_id) if row.number < visit.number]
    ended = [row for row in earlier if row.state in (VisitState.COMPLETED, VisitState.MISSED)]
    return bool(ended) and ended[-1].state == VisitState.MISSED


def _after_failed_check(session: CaseSession) -> str:
    check, rungs = session.followed.result.subject, session.profile.ladders.check
    tasks = session.tasks.open()
    rung = climbed(rungs, tasks.get((TaskKind.CHECK, check)) or tasks.get((TaskKind.SAFETY_CHECK, check)))
    session.answered(TaskKind.CHECK, TaskKind.SAFETY_CHECK, subject=check)
    due = session.start(LimitName.CHECK, check)
    last = rung == rungs[-1]
    kind, owner = (TaskKind.SAFETY_CHECK, DUTY_OFFICER) if last else (TaskKind.CHECK, due.owner)
    about = {"check": check.rpartition(".")[2], "step": rung, "reason": session.followed.milestone.code}
    session.ask(kind, owned(due, owner), check, about)
    return rung


def climbed(rungs: Sequence[str], task: TaskRow | None) -> str:
    """The rung after that of the open task; without a task the first. After the last rung, it is the last again."""
    rung = str(task.about.get("step", "")) if task else ""
    following = rungs.index(rung) + 1 if rung in rungs else 0
    return rungs[min(following, len(rungs) - 1)]


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.CONTACT_MADE: contact_made,
    MilestoneName.CONTACT_FAILED: contact_failed,
    MilestoneName.NEXT_ATTEMPT: next_attempt,
    MilestoneName.RESULT_TO_TELL: result_to_tell,
}
