"""Writes what became of a visit: completed, missed, or not reported. Support begins with the first completed visit."""

from collections.abc import Mapping

from activities import outgoing
from activities.case_session import CaseSession, Writer
from activities.standstill import contradicts_death
from handoff.case.messages import Milestone, MilestoneResult
from handoff.store.record.visits import OPEN, VisitRow
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import Progress, Verdict
from handoff.vocabulary.states import Stage, VisitState
from handoff.vocabulary.words import MilestoneName

# Limits of a line that stop when a service is delivered.
PROMISED = (LimitName.SERVICE_START, LimitName.URGENT_SERVICE, LimitName.MAKE_UP)


async def visit_completed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store that a visit took place. Support begins with the first completed visit of the case.

    Verdict: `completed`, or `gone` if this visit was not awaited, or is dated after the person's death.
    """
    reported = session.visits.one(milestone.subject)
    if reported and reported.state in OPEN and contradicts_death(session, reported):
        return _gone(session)
    visit = _ended(session, milestone.subject, VisitState.COMPLETED, "")
    if visit is None:
        return _gone(session)
    session.stop(*(f"{limit}:{visit.line_id}" for limit in PROMISED))
    session.answered(TaskKind.LATE_FIRST_VISIT, subject=visit.line_id)
    for task in session.tasks.open().values():
        ladder = (TaskKind.MISSED_VISIT, TaskKind.MISSED_VISIT_ESCALATED, TaskKind.SAFETY_CHECK)
        if task.kind in ladder and task.subject.startswith(f"{visit.line_id}.V"):
            session.stop(f"{LimitName.MISSED_VISIT_CALL}:{task.subject}")
            session.close_task(task)
    if session.case.support_began_at is None:
        await _support_began(session)
    return session.result(Verdict.COMPLETED, visit.visit_id)


def visit_missed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store that a visit did not take place; it is made up for. Verdict: `missed`, or `gone` if not awaited."""
    visit = _ended(session, milestone.subject, VisitState.MISSED, milestone.code)
    if visit is None:
        return _gone(session)
    session.start(LimitName.MAKE_UP, visit.line_id)
    return session.result(Verdict.MISSED, visit.visit_id)


def visit_unreported(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Open a task to ask about a visit that nobody reported. Verdict: `unreported`, or `gone` if not scheduled."""
    visit = session.visits.one(milestone.subject)
    if visit is None or visit.state != VisitState.SCHEDULED:
        return session.result(Verdict.GONE)
    visit.state = VisitState.UNREPORTED
    session.stop(f"{LimitName.VISIT_REPORT}:{visit.visit_id}")
    due = session.start(LimitName.MISSED_VISIT_CALL, visit.visit_id)
    session.ask(TaskKind.VISIT_REPORT, due, visit.visit_id, {"provider": visit.provider})
    return session.result(Verdict.UNREPORTED, visit.visit_id)


def _ended(session: CaseSession, visit_id: str, state: VisitState, reason: str) -> VisitRow | None:
    """End an awaited visit. None: it was not awaited, and nothing is changed."""
    visit = session.visits.one(visit_id)
    if visit is None or visit.state not in OPEN:
        return None
    visit.state = state
    visit.reason = reason
    visit.ended_at = session.milestone.at
    session.clocks.stop_about(visit_id)
    session.answered(TaskKind.VISIT_REPORT, subject=visit_id)
    return visit


def _gone(session: CaseSession) -> MilestoneResult:
    outgoing.rejected(session, outgoing.Rejection("visit-gone", session.milestone.subject))
    return session.result(Verdict.GONE)


async def _support_began(session: CaseSession) -> None:
    session.case.support_began_at = session.milestone.at
    session.case.stage = Stage.FOLLOW_UP
    session.stop(LimitName.FIRST_SERVICE)
    session.answered(TaskKind.FIRST_SERVICE_LATE)
    await outgoing.senders_progressed(session, outgoing.News(Progress.FIRST_SERVICE))


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.VISIT_COMPLETED: visit_completed,
    MilestoneName.VISIT_MISSED: visit_missed,
    MilestoneName.VISIT_UNREPORTED: visit_unreported,
}
