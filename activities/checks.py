"""Checks on the person: they ring at their moment, are made or fail, and the statutory ones plan the next."""

from datetime import datetime

from activities import outgoing
from activities.case_session import CaseSession, owned
from activities.contact import climbed
from handoff.case.messages import Due, Milestone, MilestoneResult
from handoff.rules.schedule import checks_after_plan
from handoff.store.record.checks import CheckRow
from handoff.worklist.task_kinds import DUTY_OFFICER


def check_due(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """A check's moment has come: somebody looks after the person. Verdict: `due`, or `gone`."""
    check = _one(session, milestone.subject)
    if check is None or check.state != "planned":
        return session.result("gone")
    session.stop(f"check:{check.name}")
    due = _window(session, check)
    step = session.profile.ladders.check[0]
    session.ask("check", due, check.check_id, {"check": check.name, "step": step})
    assessor = session.profile.assessor_of(session.case.district)
    outgoing.progressed(session, assessor, outgoing.News("check-due", due_at=due.due_at), check.check_id)
    return session.result("due", check.check_id)


def check_completed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """The check was made; a change of need is a new plan. Verdict: `completed`, or `gone`."""
    check = _one(session, milestone.subject)
    if check is None or check.state not in ("planned", "failed"):
        return session.result("gone")
    check.state = "completed"
    check.result = milestone.code or "well"
    check.ended_at = milestone.at
    session.stop(f"check:{check.name}", f"check-window:{check.name}")
    session.answered("check", "safety-check", subject=check.check_id)
    if milestone.code in ("needs-change", "worse"):
        due = session.start("plan-revision")
        session.ask("draft-plan", due, about={"check": check.name, "result": milestone.code})
    elif milestone.code == "need-ended":
        due = session.start("review-end")
        session.ask("review-end", due, about={"check": check.name, "result": milestone.code})
    if check.name.startswith("month-") and session.case.plan_first_approved_at:
        planned = checks_after_plan(session.case.plan_first_approved_at, check.name, session.profile)
        plan_check(session, *planned)
    return session.result("completed", check.check_id)


def check_failed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """The person was not found: the next step, and at last a safety check. Verdict: the step, or `gone`."""
    check = _one(session, milestone.subject)
    if check is None or check.state != "planned":
        return session.result("gone")
    tasks = session.tasks.open()
    task = tasks.get(("check", check.check_id)) or tasks.get(("safety-check", check.check_id))
    ladder = session.profile.ladders.check
    step = climbed(ladder, str(task.about.get("step", ""))) if task else ladder[0]
    session.answered("check", "safety-check", subject=check.check_id)
    session.stop(f"check:{check.name}")
    due = _window(session, check)
    last = step == ladder[-1]
    kind, owner = ("safety-check", DUTY_OFFICER) if last else ("check", due.owner)
    session.ask(kind, owned(due, owner), check.check_id, {"check": check.name, "step": step, "reason": milestone.code})
    return session.result(step, check.check_id)


def _window(session: CaseSession, check: CheckRow) -> Due:
    return session.start("check", check.check_id)


def _one(session: CaseSession, subject: str) -> CheckRow | None:
    """The check by id or by name; of a case, the one that is due, else the next."""
    known = session.checks.all()
    if subject in known:
        return known[subject]
    if subject != session.case.case_id and subject:
        return known.get(f"{session.case.case_id}.{subject}")
    tasks = session.tasks.open()
    waiting = sorted(
        (check for check in known.values() if check.state == "planned"), key=lambda check: check.planned_at
    )
    due = [each for each in waiting if ("check", each.check_id) in tasks or ("safety-check", each.check_id) in tasks]
    return next(iter([*due, *waiting]), None)


def plan_check(session: CaseSession, name: str, planned_at: datetime) -> CheckRow:
    """Plan a check, or plan it anew; one that was made before an earlier discharge stays, and is made again."""
    known = session.checks.all()
    named, again = name, 1
    while (row := known.get(f"{session.case.case_id}.{named}")) and row.state in ("completed", "failed"):
        again += 1
        named = f"{name}r{again}"
    if row is None:
        row = session.checks.add(
            CheckRow(f"{session.case.case_id}.{named}", session.case.case_id, named, "planned", planned_at)
        )
    else:
        _not_due(session, row)
        row.state = "planned"
        row.planned_at = planned_at
        row.ended_at = None
    owner = session.clocks.owner("check", session.at)
    session.clocks.appoint(f"check:{named}", planned_at, owner, row.check_id)
    return row


def unplan_checks(session: CaseSession, reason: str, *, all_of_them: bool = False) -> None:
    """Cancel the checks that hang on the discharge, or every check that was not made."""
    for row in session.checks.all().values():
        if row.state == "planned" and (all_of_them or row.name.startswith("day-")):
            _not_due(session, row)
            session.stop(f"check:{row.name}")
            row.state = "cancelled"
            row.result = reason
            row.ended_at = session.at


def _not_due(session: CaseSession, row: CheckRow) -> None:
    session.stop(f"check-window:{row.name}")
    session.answered("check", "safety-check", subject=row.check_id)
