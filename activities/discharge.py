"""Writes the discharge: confirmed, corrected, cancelled, renewed. It also changes what depends on the date.

That is: the clocks, visits and offers of the case, and what institutions were informed of.
"""

from collections.abc import Mapping

from activities import outgoing
from activities.case_session import CaseSession, Writer
from activities.release import cancel_visits, living, lose_provider, not_at_home, recorded, withdraw
from handoff.case.discharge import AGREE
from handoff.case.messages import Milestone, MilestoneResult
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import Progress, Verdict, WithdrawalReason
from handoff.vocabulary.states import VisitState
from handoff.vocabulary.words import MilestoneName

CANCELLED = WithdrawalReason.DISCHARGE_CANCELLED


async def discharge_confirmed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store the actual discharge of an expected one. Services and checks begin. Verdict: `confirmed`."""
    session.case.discharged_at = milestone.until or session.at
    _date_settled(session)
    session.stop(LimitName.DISCHARGE_CONFIRMATION)
    session.answered(TaskKind.CONFIRM_DISCHARGE)
    await _tell_date(session)
    return session.result(Verdict.CONFIRMED)


async def discharge_corrected(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store another date. Clocks and checks count from it, and it is sent to the institutions concerned.

    Code `expected`: the person has not been discharged yet. Verdict: `corrected`.
    """
    _date_settled(session)
    if milestone.code == "expected":
        session.case.expected_at = milestone.until
        session.case.discharged_at = None
        not_at_home(session, WithdrawalReason.DISCHARGE_CORRECTED)
        cancel_visits(session, WithdrawalReason.DISCHARGE_CORRECTED)
        session.start(LimitName.DISCHARGE_CONFIRMATION, at=milestone.until)
    else:
        session.case.discharged_at = milestone.until
        session.stop(LimitName.DISCHARGE_CONFIRMATION)
        session.answered(TaskKind.CONFIRM_DISCHARGE)
    await _tell_date(session)
    return session.result(Verdict.CORRECTED)


def dates_differ(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Open a task to settle which date counts. Until then the date of the discharging facility counts."""
    due = session.start(LimitName.CORRECTION)
    until = milestone.until.isoformat() if milestone.until else ""
    about = {
        "says": milestone.who,
        "facility": session.case.facility,
        "until": until,
        "what": milestone.code or milestone.why,
    }
    session.ask(TaskKind.DATES_DIFFER, due, about=about)
    return session.result()


async def discharge_cancelled(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Take back all offers and visits, and pause the clocks. The case waits for a new date.

    Verdict: `cancelled`. `lines` of the result: the lines that have lost their provider.
    """
    session.case.discharged_at = None
    session.case.expected_at = None
    session.case.admitted_at = None
    referrals = session.referrals.open()
    lines = living(session)
    for line in lines:
        if line.line_id in referrals:
            await withdraw(session, referrals[line.line_id], CANCELLED)
        lose_provider(session, line, CANCELLED, new_round=True)
    cancel_visits(session, CANCELLED, states=(VisitState.SCHEDULED, VisitState.SUSPENDED, VisitState.UNREPORTED))
    not_at_home(session, CANCELLED)
    session.stop(LimitName.DISCHARGE_CONFIRMATION, LimitName.CORRECTION)
    session.answered(
        TaskKind.CONFIRM_DISCHARGE, TaskKind.DATES_DIFFER, TaskKind.MISSED_VISIT, TaskKind.MISSED_VISIT_ESCALATED
    )
    session.clocks.pause(CANCELLED)
    session.start(LimitName.DISCHARGE_CANCELLED)
    await outgoing.senders_progressed(session, outgoing.News(Progress.DISCHARGE_CANCELLED))
    return session.result(Verdict.CANCELLED, lines=[recorded(line) for line in lines])


def discharge_renewed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store the new date after a cancelled discharge. Clocks go on, and the workflow offers the lines again.

    Verdict: `renewed`.
    """
    session.stop(LimitName.DISCHARGE_CANCELLED)
    session.answered(TaskKind.CANCELLED_DISCHARGE)
    session.clocks.resume(CANCELLED)
    if milestone.code == "expected":
        session.case.expected_at = milestone.until
        session.start(LimitName.DISCHARGE_CONFIRMATION, at=milestone.until)
    else:
        session.case.discharged_at = milestone.until or session.at
    return session.result(Verdict.RENEWED)


def settle_if_agreed(session: CaseSession, milestone: Milestone) -> None:
    """Close the task about differing dates if no words contradict each other any more."""
    if milestone.why == AGREE:
        _date_settled(session)


def _date_settled(session: CaseSession) -> None:
    session.stop(LimitName.CORRECTION)
    session.answered(TaskKind.DATES_DIFFER)


async def _tell_date(session: CaseSession) -> None:
    """Send the date to the notices' senders, to providers with an open referral, and to a pre-survey's assessor."""
    date = session.case.discharged_at
    news = outgoing.News(
        Progress.DISCHARGE_CORRECTED, discharged_at=date, expected_at=None if date else session.case.expected_at
    )
    informed: set[str] = set()
    for referral in session.referrals.open().values():
        outgoing.progressed(session, referral.provider, news, referral.offer_id)
        informed.add(referral.provider)
    assessor = session.profile.assessor_of(session.case.district)
    if LimitName.PRESURVEY in session.clocks.all() and assessor not in informed:
        outgoing.progressed(session, assessor, news)
    await outgoing.senders_progressed(session, news)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.DISCHARGE_CONFIRMED: discharge_confirmed,
    MilestoneName.DISCHARGE_CORRECTED: discharge_corrected,
    MilestoneName.DISCHARGE_CANCELLED: discharge_cancelled,
    MilestoneName.DISCHARGE_RENEWED: discharge_renewed,
    MilestoneName.DATES_DIFFER: dates_differ,
}
