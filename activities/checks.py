"""Checks on the person: they ring at their moment, are made or fail, and the statutory ones plan the next."""

from collections.abc import Mapping
from datetime import datetime

from activities import outgoing
from activities.case_session import CaseSession, Writer, owned
from activities.contact import climbed
from handoff.case.messages import Due, Milestone, MilestoneResult
from handoff.rules.schedule import checks_after_plan
from handoff.store.record.checks import CheckRow
from handoff.vocabulary.outcomes import Progress, Verdict
from handoff.vocabulary.states import CheckState
from handoff.vocabulary.words import LimitName, MilestoneName, TaskKind
from handoff.worklist.task_kinds import DUTY_OFFICER


def check_due(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """A check's moment has come: somebody looks after the person. Verdict: `due`, or `gone`."""
    check = _one(session, milestone.subject)
    if check is None or check.state != CheckState.PLANNED:
        return session.result(Verdict.GONE)
    session.stop(f"{LimitName.CHECK}:{check.name}")
    due = _window(session, check)
    step = session.profile.ladders.check[0]
    session.ask(TaskKind.CHECK, due, check.check_id, {"check": check.name, "step": step})
    assessor = session.profile.assessor_of(session.case.district)
    outgoing.progressed(session, assessor, outgoing.News(Progress.CHECK_DUE, due_at=due.due_at), check.check_id)
    return session.result(Verdict.DUE, check.check_id)


def check_completed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """The check was made; a change of need is a new plan. Verdict: `completed`, or `gone`."""
    check = _one(session, milestone.subject)
    if check is None or check.state not in (CheckState.PLANNED, CheckState.FAILED):
        return session.result(Verdict.GONE)
    check.state = CheckState.COMPLETED
    check.result = milestone.code or "well"
    check.ended_at = milestone.at
    session.stop(f"{LimitName.CHECK}:{check.name}", f"{LimitName.CHECK_WINDOW}:{check.name}")
    session.answered(TaskKind.CHECK, TaskKind.SAFETY_CHECK, subject=check.check_id)
    if milestone.code in ("needs-change", "worse"):
        due = session.start(LimitName.PLAN_REVISION)
        session.ask(TaskKind.DRAFT_PLAN, due, about={"check": check.name, "result": milestone.code})
    elif milestone.code == "need-ended":
        due = session.start(LimitName.REVIEW_END)
        session.ask(TaskKind.REVIEW_END, due, about={"check": check.name, "result": milestone.code})
    if check.name.startswith("month-") and session.case.plan_first_approved_at:
        planned = checks_after_plan(session.case.plan_first_approved_at, check.name, session.profile)
        plan_check(session, *planned)
    return session.result(Verdict.COMPLETED, check.check_id)


def check_failed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """The person was not found: the next step, and at last a safety check. Verdict: the step, or `gone`."""
    check = _one(session, milestone.subject)
    if check is None or check.state != CheckState.PLANNED:
        return session.result(Verdict.GONE)
    tasks = session.tasks.open()
    task = tasks.get((TaskKind.CHECK, check.check_id)) or tasks.get((TaskKind.SAFETY_CHECK, check.check_id))
    ladder = session.profile.ladders.check
    step = climbed(ladder, str(task.about.get("step", ""))) if task else ladder[0]
    session.answered(TaskKind.CHECK, TaskKind.SAFETY_CHECK, subject=check.check_id)
    session.stop(f"{LimitName.CHECK}:{check.name}")
    due = _window(session, check)
    last = step == ladder[-1]
    kind, owner = (TaskKind.SAFETY_CHECK, DUTY_OFFICER) if last else (TaskKind.CHECK, due.owner)
    session.ask(kind, owned(due, owner), check.check_id, {"check": check.name, "step": step, "reason": milestone.code})
    return session.result(step, check.check_id)


def _window(session: CaseSession, check: CheckRow) -> Due:
    return session.start(LimitName.CHECK, check.check_id)


def _one(session: CaseSession, subject: str) -> CheckRow | None:
    """The check by id or by name; of a case, the one that is due, else the next."""
    known = session.checks.all()
    if subject in known:
        return known[subject]
    if subject != session.case.case_id and subject:
        return known.get(f"{session.case.case_id}.{subject}")
    tasks = session.tasks.open()
    waiting = sorted(
        (check for check in known.values() if check.state == CheckState.PLANNED), key=lambda check: check.planned_at
    )
    kinds = TaskKind.CHECK, TaskKind.SAFETY_CHECK
    due = [each for each in waiting if any((kind, each.check_id) in tasks for kind in kinds)]
    return next(iter([*due, *waiting]), None)


def plan_check(session: CaseSession, name: str, planned_at: datetime) -> CheckRow:
    """Plan a check, or plan it anew; one that was made before an earlier discharge stays, and is made again."""
    known = session.checks.all()
    named, again = name, 1
    while (row := known.get(f"{session.case.case_id}.{named}")) and row.state in (
        CheckState.COMPLETED,
        CheckState.FAILED,
    ):
        again += 1
        named = f"{name}r{again}"
    if row is None:
        row = session.checks.add(
            CheckRow(f"{session.case.case_id}.{named}", session.case.case_id, named, CheckState.PLANNED, planned_at)
        )
    else:
        _not_due(session, row)
        row.state = CheckState.PLANNED
        row.planned_at = planned_at
        row.ended_at = None
    owner = session.clocks.owner(LimitName.CHECK, session.at)
    session.clocks.appoint(f"{LimitName.CHECK}:{named}", planned_at, owner, row.check_id)
    return row


def unplan_checks(session: CaseSession, reason: str, *, all_of_them: bool = False) -> None:
    """Cancel the checks that hang on the discharge, or every check that was not made."""
    for row in session.checks.all().values():
        if row.state == CheckState.PLANNED and (all_of_them or row.name.startswith("day-")):
            _not_due(session, row)
            session.stop(f"{LimitName.CHECK}:{row.name}")
            row.state = CheckState.CANCELLED
            row.result = reason
            row.ended_at = session.at


def _not_due(session: CaseSession, row: CheckRow) -> None:
    session.stop(f"{LimitName.CHECK_WINDOW}:{row.name}")
    session.answered(TaskKind.CHECK, TaskKind.SAFETY_CHECK, subject=row.check_id)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.CHECK_DUE: check_due,
    MilestoneName.CHECK_COMPLETED: check_completed,
    MilestoneName.CHECK_FAILED: check_failed,
}
