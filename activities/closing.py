"""The end of a case: everything open is undone, everybody involved is told, every clock stops."""

from activities.case_session import CaseSession
from activities.checks import unplan_checks
from activities.release import cancel_visits, drop_line, living
from handoff.case.messages import Due, Milestone, MilestoneResult

DEATHS = ("reason-1", "outcome-died")


async def closed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Close the case with a statutory reason (`reason-1` to `reason-5`) or an outcome (`outcome-X`).

    After a death nothing that is written asks anybody to contact the household.
    """
    if session.case.closed_at:
        return session.result("closed")
    word, _, value = milestone.code.partition("-")
    session.case.closed_at = session.at
    session.case.stage = "closed"
    session.case.end_reason = int(value) if word == "reason" else None
    session.case.outcome = value if word == "outcome" else ""
    await _undo(session, "died" if milestone.code in DEATHS else "closed")
    await _tell_everybody(session)
    return session.result("closed")


async def _undo(session: CaseSession, why: str) -> None:
    for line in living(session):
        await drop_line(session, line, "completed" if line.state == "in-service" else "removed", why)
    cancel_visits(session, why, states=("scheduled", "suspended", "unreported"))
    unplan_checks(session, why, all_of_them=True)
    session.stop(*session.clocks.all())
    for task in session.tasks.open().values():
        if task.kind != "after-closing":
            session.close_task(task)


async def _tell_everybody(session: CaseSession) -> None:
    """Whoever told of the discharge, and whoever was told anything about the case."""
    payload: dict[str, object] = {"case_id": session.case.case_id, "outcome": session.case.outcome}
    if session.case.end_reason:
        payload["end_reason"] = session.case.end_reason
    for receiver in sorted(await session.informed() | set(await session.senders())):
        session.tell(receiver, "handoff.closed", {name: value for name, value in payload.items() if value})


def told_after_closing(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Something came while the case was closing: a person reads it."""
    about = {"kind": milestone.why, "who": milestone.who, "subject": milestone.subject}
    due = Due("", session.at, owner=session.clocks.owner("correction", session.at))
    session.ask("after-closing", due, str(milestone.fact or milestone.key), about)
    return session.result()


def death_doubted(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Death data that contradicts itself stops nothing: a person confirms it, or drops it."""
    due = session.start("death-confirmation")
    told_at = milestone.until.isoformat() if milestone.until else ""
    about = {"who": milestone.who, "died_at": told_at, "discharge": str(session.case.discharged_at or "")}
    session.ask("confirm-death", due, about=about)
    return session.result("doubted")


def services_over(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Every line has ended: somebody decides between the end of support and a new plan."""
    due = session.start("review-end")
    session.ask("review-end", due)
    return session.result()
