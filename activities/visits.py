"""Writes what became of a visit: completed, missed, or not reported. Support begins with the first completed visit."""

from collections.abc import Mapping
from datetime import datetime

from activities import outgoing, rejections
from activities.case_session import CaseSession, Writer
from activities.release import not_reported, settle_line
from activities.standstill import contradicts_death
from handoff.case.messages import Milestone, MilestoneResult
from handoff.rules.series import made_up_for
from handoff.store.record.plans import ENDED
from handoff.store.record.visits import OPEN, VisitRow
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.states import Stage, VisitState
from handoff.vocabulary.words import MilestoneName

# Limits of a line that stop when a service is delivered.
PROMISED = (LimitName.SERVICE_START, LimitName.URGENT_SERVICE, LimitName.MAKE_UP)
LADDER = (TaskKind.MISSED_VISIT, TaskKind.MISSED_VISIT_ESCALATED, TaskKind.SAFETY_CHECK)  # after a missed visit


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
    visit.units = milestone.quantity or 1
    await settle_line(session, session.lines.all()[visit.line_id])
    delivered(session, visit)
    await support_began(session, session.milestone.at)
    return session.result(Verdict.COMPLETED, visit.visit_id)


async def visit_missed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store that a visit did not take place. It is made up for, unless visits are confirmed by the week, as meals are.

    Verdict: `missed`, or `gone` if the visit is not awaited.
    """
    visit = _ended(session, milestone.subject, VisitState.MISSED, milestone.code)
    if visit is None:
        return _gone(session)
    line = session.lines.all()[visit.line_id]
    if line.state in ENDED:
        await settle_line(session, line)
    else:
        await expect_make_up(session, visit)
    return session.result(Verdict.MISSED, visit.visit_id)


def delivered(session: CaseSession, visit: VisitRow) -> None:
    """Stop the promise of a service of this line, and the calls about this visit and about those missed before it."""
    session.stop(*(f"{limit}:{visit.line_id}" for limit in PROMISED))
    session.answered(TaskKind.LATE_FIRST_VISIT, subject=visit.line_id)
    for task in session.tasks.open().values():
        missed = session.visits.one(task.subject)
        seen_since = missed in (None, visit) or (missed and missed.planned_at < session.milestone.at)
        if task.kind in LADDER and task.subject.startswith(f"{visit.line_id}.V") and seen_since:
            session.stop(f"{LimitName.MISSED_VISIT_CALL}:{task.subject}")
            session.close_task(task)


async def expect_make_up(session: CaseSession, visit: VisitRow) -> None:
    """Start the clock of the visit that makes up for a missed one, if one can be planned."""
    line, visits = session.lines.all()[visit.line_id], await session.visits.of_line(visit.line_id)
    by_week = line.service in session.profile.by_exception
    if not by_week and made_up_for(visits, session.profile.visits.make_ups) is visit:
        session.start(LimitName.MAKE_UP, visit.line_id)


def visit_unreported(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Open a task to ask about a visit that nobody reported. Verdict: `unreported`, or `gone` if not scheduled."""
    visit = session.visits.one(milestone.subject)
    if visit is None or visit.state != VisitState.SCHEDULED:
        return session.result(Verdict.GONE)
    not_reported(session, visit)
    return session.result(Verdict.UNREPORTED, visit.visit_id)


def _ended(session: CaseSession, visit_id: str, state: VisitState, reason: str) -> VisitRow | None:
    """End an awaited visit. None: it was not awaited, and nothing is changed."""
    visit = session.visits.one(visit_id)
    if visit is None or visit.state not in OPEN:
        return None
    visit.state = state
    visit.reason = reason
    visit.ended_at = session.milestone.at
    visit.reported_by = session.milestone.who
    visit.typed_by = str(session.body().get("typed_by") or "")
    session.clocks.stop_about(visit_id)
    session.answered(TaskKind.VISIT_REPORT, subject=visit_id)
    return visit


def _gone(session: CaseSession) -> MilestoneResult:
    rejections.rejected(session, rejections.Rejection("visit-gone", session.milestone.subject))
    return session.result(Verdict.GONE)


async def support_began(session: CaseSession, moment: datetime) -> None:
    """Store that a visit took place at a moment. Support began with the first, in whatever order they are told."""
    before = session.case.support_began_at
    session.case.support_began_at = min(before or moment, moment)
    if before is None:
        session.case.stage = Stage.FOLLOW_UP
        session.stop(LimitName.FIRST_SERVICE)
        session.answered(TaskKind.FIRST_SERVICE_LATE)
        await outgoing.first_service_told(session)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.VISIT_COMPLETED: visit_completed,
    MilestoneName.VISIT_MISSED: visit_missed,
    MilestoneName.VISIT_UNREPORTED: visit_unreported,
}
