"""Writes the end of a case: open offers and visits are taken back, all clocks stop, and institutions are informed."""

from collections.abc import Mapping

from activities.case_session import CaseSession, Writer
from activities.informing import assessors
from activities.outgoing import confirm_held, first_service_told, handoff_closed
from activities.release import cancel_checks, cancel_visits, drop_line, living
from activities.retraction import retract
from handoff.case.closing import WRONG_PERSON, fits
from handoff.case.joining import JOINED
from handoff.case.messages import Due, Milestone, MilestoneResult
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import Verdict, WithdrawalReason
from handoff.vocabulary.states import EndedBy, Stage, VisitState
from handoff.vocabulary.words import MilestoneName

DEATHS = ("reason-1", "outcome-died")
ENDED_BY: Mapping[str, EndedBy] = {
    "reason-1": EndedBy.DEATH,
    "outcome-died": EndedBy.DEATH,
    "reason-2": EndedBy.READMISSION,
    "outcome-admitted": EndedBy.READMISSION,
    "reason-4": EndedBy.PERSON,
    "outcome-refused": EndedBy.PERSON,
}  # who or what ends the lines of a case that ends so; else the municipality
WHY: Mapping[str, WithdrawalReason] = {
    **dict.fromkeys(DEATHS, WithdrawalReason.DIED),
    JOINED: WithdrawalReason.JOINED,
    WRONG_PERSON: WithdrawalReason.WRONG_PERSON,
}  # why offers and visits are taken back; else since the case has closed


def closing(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Stop all contact, and start the clock after which the case ends. Nobody is told yet. Verdict: `suspended`."""
    session.wait_for_closing(milestone.code)
    session.start(LimitName.CLOSING_GRACE)
    return session.result(Verdict.SUSPENDED)


async def case_reopened(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Go on where the case stood. Clocks go on with the time that they had left. Verdict: `resumed`.

    The senders of the notices are informed now if support has begun meanwhile, or has not begun after all.
    """
    changed = not fits(session.case.closing, support_began=session.case.support_began_at is not None)
    session.stop(LimitName.CLOSING_GRACE)
    session.wait_for_closing("")
    await confirm_held(session)
    if changed:
        await first_service_told(session)
    return session.result(Verdict.RESUMED)


async def closing_unfit(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Go on, since the end does not fit what was recorded since. A task asks for one that fits. Verdict: `resumed`."""
    about = {"end": session.case.closing}
    result = await case_reopened(session, milestone)
    due = Due("", session.at, owner=session.clocks.owner(LimitName.CLOSING_GRACE, session.at))
    session.ask(TaskKind.CLOSE_AGAIN, due, about=about)
    return result


async def closed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Close the case with a statutory reason (`reason-1` to `reason-5`) or an outcome (`outcome-X`).

    After a death, no letter and no task asks anybody to contact the household. If it was about the wrong person, what
    was disclosed is retracted from each recipient.
    """
    if session.case.closed_at:
        return session.result(Verdict.CLOSED)
    word, _, value = milestone.code.partition("-")
    session.case.closed_at, session.case.ended_at = session.at, milestone.at
    session.case.closing = ""
    session.case.stage = Stage.CLOSED
    session.case.end_reason = int(value) if word == "reason" else None
    session.case.outcome = value if word == "outcome" else ""
    if milestone.code in DEATHS:
        await _uncount_visits_after_death(session)
    assessing = list(assessors(session))
    await _undo(session, WHY.get(milestone.code, WithdrawalReason.CLOSED))
    await handoff_closed(session)
    if milestone.code == WRONG_PERSON:
        await retract(session, assessing)
    return session.result(Verdict.CLOSED)


async def _uncount_visits_after_death(session: CaseSession) -> None:
    """Cancel the visits that were reported as completed after the date of death: nothing counts after it."""
    if session.case.died_at:
        for visit in await session.visits.completed_since(session.case.case_id, session.case.died_at):
            visit.state, visit.reason = VisitState.CANCELLED, WithdrawalReason.DIED


async def _undo(session: CaseSession, why: str) -> None:
    for line in living(session):
        await drop_line(session, line, why, ENDED_BY.get(session.milestone.code, EndedBy.MUNICIPALITY))
    cancel_visits(session, why)
    cancel_checks(session, why, all_of_them=True)
    session.stop(*session.clocks.all())
    for task in session.tasks.open().values():
        if task.kind not in (TaskKind.AFTER_CLOSING, TaskKind.UNJOINED_CASE):
            session.close_task(task)


def told_after_closing(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Open a task to read an event that came while the case was closing."""
    about = {"kind": milestone.why, "who": milestone.who, "subject": milestone.subject}
    due = Due("", session.at, owner=session.clocks.owner(LimitName.CORRECTION, session.at))
    session.ask(TaskKind.AFTER_CLOSING, due, str(milestone.fact or milestone.key), about)
    return session.result()


def services_over(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Open a task to decide between a new plan and the end of support, since every line is over."""
    due = session.start(LimitName.REVIEW_END)
    session.ask(TaskKind.REVIEW_END, due)
    return session.result()


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.SERVICES_OVER: services_over,
    MilestoneName.TOLD_AFTER_CLOSING: told_after_closing,
    MilestoneName.CLOSING: closing,
    MilestoneName.CASE_REOPENED: case_reopened,
    MilestoneName.CLOSING_UNFIT: closing_unfit,
    MilestoneName.CLOSED: closed,
}
