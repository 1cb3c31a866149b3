"""Writes that a clock warned or ran out. Its task is then marked, or escalated to another role."""

from collections.abc import Mapping

from activities.case_session import CaseSession, Writer
from handoff.case.messages import Due, Milestone, MilestoneResult
from handoff.store.record.clocks import ClockRow
from handoff.store.record.tasks import TaskRow
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.states import PlanState
from handoff.vocabulary.words import MilestoneName
from handoff.worklist.task_kinds import TEAM_LEAD, tasks_of


def late(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Mark the task of a clock that warns, if a task is open. The end of a consent opens one.

    Verdict: none, or `gone` if the clock was stopped.
    """
    clock = session.clocks.all().get(milestone.subject)
    if clock is None:
        return session.result(Verdict.GONE)
    if clock.limit == LimitName.CONSENT_ENDS:
        session.ask(TaskKind.RENEW_CONSENT, Due(clock.name, clock.due_at, owner=clock.owner))
    open_tasks = session.tasks.open()
    for name in tasks_of(clock.name, clock.subject):
        if name in open_tasks:
            task = open_tasks[name]
            task.about = {**task.about, "warned": clock.name}
            break
    return session.result()


def overdue(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Escalate the task of a clock that has run out. The clock goes on until it is stopped.

    Verdict: the new owner, or `gone` if the clock was stopped or is paused.
    """
    clock = session.clocks.all().get(milestone.subject)
    if clock is None or clock.paused:
        return session.result(Verdict.GONE)
    owner = (
        session.profile.limit(clock.limit, clock.started_at).escalate_to
        if clock.limit in session.profile.limits
        else TEAM_LEAD
    )
    names = tasks_of(clock.name, clock.subject)
    open_tasks = session.tasks.open()
    task = next((open_tasks[name] for name in names if name in open_tasks), None) or _late_first_visit(session, clock)
    if task is None:
        kind, subject = (TaskKind.DECIDE, "") if _awaits_decision(session, clock.name) else names[0]
        about = {"limit": clock.limit, "waits_for": clock.owner}
        task = session.ask(kind, Due(clock.name, clock.due_at, owner=owner), subject, about)
    task.owner = owner
    task.escalated_at = session.at
    task.about = {**task.about, "overdue": clock.name}
    return session.result(owner, clock.name)


def _late_first_visit(session: CaseSession, clock: ClockRow) -> TaskRow | None:
    """The open task about a first visit that was named too late, for the limit that it breaks."""
    late = [task for task in session.tasks.open().values() if task.kind == TaskKind.LATE_FIRST_VISIT]
    if clock.limit == LimitName.FIRST_SERVICE:
        return next(iter(late), None)
    return next((task for task in late if clock.name == f"{LimitName.SERVICE_START}:{task.subject}"), None)


def _awaits_decision(session: CaseSession, clock: str) -> bool:
    return clock == LimitName.PLAN and any(plan.state == PlanState.SUBMITTED for plan in session.plans.versions())


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.LATE: late,
    MilestoneName.OVERDUE: overdue,
}
