"""Writes the checks on the person: planned, due, made or failed.

There are checks on fixed days after the discharge, and statutory checks after the plan, each of which plans the next.
"""

from collections.abc import Mapping

from activities import outgoing
from activities.case_session import CaseSession, Writer
from activities.promise import plan_check, plan_checks
from handoff.case.messages import Milestone, MilestoneResult
from handoff.rules.schedule import checks_after_plan
from handoff.store.record.checks import CheckRow
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import Progress, Verdict
from handoff.vocabulary.states import CheckState
from handoff.vocabulary.words import MilestoneName

_MONTHLY = "month-"


def check_due(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Open the task of a check, and inform the community centre. Verdict: `due`, or `gone` if it is not planned."""
    check = _one(session, milestone.subject)
    if check is None or check.state != CheckState.PLANNED:
        return session.result(Verdict.GONE)
    session.stop(f"{LimitName.CHECK}:{check.name}")
    due = session.start(LimitName.CHECK, check.check_id)  # its window
    step = session.profile.ladders.check[0]
    session.ask(TaskKind.CHECK, due, check.check_id, {"check": check.name, "step": step})
    if not session.case.death:  # after a death, nobody is to call
        assessor = session.profile.assessor_of(session.case.district)
        outgoing.progressed(session, assessor, outgoing.News(Progress.CHECK_DUE, due_at=due.due_at), check.check_id)
    return session.result(Verdict.DUE, check.check_id)


def check_completed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store the result of a check. If the needs have changed or ended, a task asks for a new plan or for the end.

    Verdict: `completed`, or `gone` if no such check is planned.
    """
    check = _one(session, milestone.subject)
    if check is None or check.state != CheckState.PLANNED:
        return session.result(Verdict.GONE)
    check.state = CheckState.COMPLETED
    check.result = milestone.code or "well"
    check.ended_at = milestone.at
    session.stop(f"{LimitName.CHECK}:{check.name}", f"{LimitName.CHECK_WINDOW}:{check.name}")
    session.answered(TaskKind.CHECK, TaskKind.SAFETY_CHECK, subject=check.check_id)
    result_followed(session, check, milestone.code)
    return session.result(Verdict.COMPLETED, check.check_id)


def result_followed(session: CaseSession, check: CheckRow, code: str) -> None:
    """Open the task that the result of a check asks for: a new plan, or the end. `code`: the result; "": well."""
    about = {"check": check.name, "result": code}
    if code in ("needs-change", "worse"):
        session.ask(TaskKind.DRAFT_PLAN, session.start(LimitName.PLAN_REVISION), about=about)
    elif code == "need-ended":
        session.ask(TaskKind.REVIEW_END, session.start(LimitName.REVIEW_END), about=about)


def result_taken_back(session: CaseSession, check: CheckRow) -> None:
    """Close the task that the result of a check asked for, and stop its clock: the result was not so."""
    limits = {TaskKind.DRAFT_PLAN: LimitName.PLAN_REVISION, TaskKind.REVIEW_END: LimitName.REVIEW_END}
    for task in session.tasks.open().values():
        if task.about.get("check") == check.name and (kind := TaskKind.known(task.kind)) in limits:
            session.close_task(task)
            session.stop(limits[kind])


def check_failed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Note that a check has failed. Verdict: `failed`, or `gone` if the check is not planned."""
    check = _one(session, milestone.subject)
    if check is None or check.state != CheckState.PLANNED:
        return session.result(Verdict.GONE)
    session.stop(f"{LimitName.CHECK}:{check.name}")
    return session.result(Verdict.FAILED, check.check_id)


def checks_planned(session: CaseSession, _milestone: Milestone) -> MilestoneResult | None:
    """Plan the checks after the discharge, or move them to a new date. None: not discharged, or not promised."""
    return session.result(Verdict.PLANNED) if plan_checks(session) else None


def next_check_planned(session: CaseSession, _milestone: Milestone) -> MilestoneResult | None:
    """Plan the next statutory check: after the first approved plan, or after the statutory check just made.

    None: neither has happened.
    """
    checks, since = session.checks.all(), session.case.plan_first_approved_at
    monthly = {check.check_id: check.name for check in checks.values() if check.name.startswith(_MONTHLY)}
    made = monthly.get(session.followed.result.subject)
    first = session.followed.milestone.what == MilestoneName.PLAN_APPROVED and not monthly
    if since is None or not (made or first):
        return None
    name, planned_at = checks_after_plan(since, made, session.profile)
    return session.result(Verdict.PLANNED, plan_check(session, name, planned_at).check_id, at=planned_at)


def _one(session: CaseSession, subject: str) -> CheckRow | None:
    """The check with this id or name. For the id of a case, the check that is due, otherwise the next one."""
    checks = session.checks.all()
    if subject in checks:
        return checks[subject]
    if subject != session.case.case_id and subject:
        return checks.get(f"{session.case.case_id}.{subject}")
    tasks = session.tasks.open()
    waiting = sorted(
        (check for check in checks.values() if check.state == CheckState.PLANNED), key=lambda check: check.planned_at
    )
    kinds = TaskKind.CHECK, TaskKind.SAFETY_CHECK
    due = [check for check in waiting if any((kind, check.check_id) in tasks for kind in kinds)]
    return next(iter([*due, *waiting]), None)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.CHECKS_PLANNED: checks_planned,
    MilestoneName.NEXT_CHECK_PLANNED: next_check_planned,
    MilestoneName.CHECK_DUE: check_due,
    MilestoneName.CHECK_COMPLETED: check_completed,
    MilestoneName.CHECK_FAILED: check_failed,
}
