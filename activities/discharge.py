"""The discharge: confirmed, corrected, cancelled, renewed. Every clock and booking that hangs on it follows."""

from collections.abc import Mapping

from activities import outgoing
from activities.case_session import CaseSession, Writer
from activities.release import cancel_visits, living, lose_provider, not_at_home, recorded, withdraw
from handoff.case.messages import Milestone, MilestoneResult
from handoff.vocabulary.outcomes import Progress, Verdict, WithdrawalReason
from handoff.vocabulary.states import VisitState
from handoff.vocabulary.words import LimitName, MilestoneName, TaskKind

CANCELLED = WithdrawalReason.DISCHARGE_CANCELLED


async def discharge_confirmed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """The expected discharge has taken place: services and checks begin."""
    session.case.discharged_at = milestone.until or session.at
    _date_settled(session)
    session.stop(LimitName.DISCHARGE_CONFIRMATION)
    session.answered(TaskKind.CONFIRM_DISCHARGE)
    await _tell_date(session)
    return session.result(Verdict.CONFIRMED)


async def discharge_corrected(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """The date was another: open clocks and checks count from the new one, and whoever was told is told again.

    Code `expected`: the person is not at home yet after all.
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
    """Another teller names another date; until a person settles it, the discharging facility's word counts."""
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
    """Undo everything booked and let the clocks stand still; the case waits for a new date.

    Result lines: those without a provider now.
    """
    session.case.discharged_at = None
    session.case.expected_at = None
    session.case.admitted_at = None
    referrals = session.referrals.open()
    lines = living(session)
    for line in lines:
        if line.line_id in referrals:
            await withdraw(session, referrals[line.line_id], CANCELLED)
        lose_provider(session, line, CANCELLED, anew=True)
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
    """There is a date again: the clocks go on with what they had left; lines are offered anew by the story."""
    session.stop(LimitName.DISCHARGE_CANCELLED)
    session.answered(TaskKind.CANCELLED_DISCHARGE)
    session.clocks.resume(CANCELLED)
    if milestone.code == "expected":
        session.case.expected_at = milestone.until or session.at
        session.start(LimitName.DISCHARGE_CONFIRMATION, at=milestone.until)
    else:
        session.case.discharged_at = milestone.until or session.at
    return session.result(Verdict.RENEWED)


def settle_if_repeated(session: CaseSession, milestone: Milestone) -> None:
    """Settle the difference if the facility, or a person, has repeated the date that counts."""
    case, by_a_person = session.case, "#a" in milestone.key
    notified = milestone.what == MilestoneName.NOTICE_JOINED and not milestone.why and milestone.until is not None
    repeated = milestone.why == "same-date" or (
        notified and milestone.until == (case.discharged_at or case.expected_at)
    )
    if repeated and (by_a_person or milestone.who == case.facility):
        _date_settled(session)


def _date_settled(session: CaseSession) -> None:
    session.stop(LimitName.CORRECTION)
    session.answered(TaskKind.DATES_DIFFER)


async def _tell_date(session: CaseSession) -> None:
    """Tell the date to providers with an open referral and to whoever told of the discharge."""
    date = session.case.discharged_at
    news = outgoing.News(
        Progress.DISCHARGE_CORRECTED, discharged_at=date, expected_at=None if date else session.case.expected_at
    )
    told_already: set[str] = set()
    for referral in session.referrals.open().values():
        outgoing.progressed(session, referral.provider, news, referral.offer_id)
        told_already.add(referral.provider)
    assessor = session.profile.assessor_of(session.case.district)
    if LimitName.PRESURVEY in session.clocks.all() and assessor not in told_already:
        outgoing.progressed(session, assessor, news)
    await outgoing.senders_progressed(session, news)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.DISCHARGE_CONFIRMED: discharge_confirmed,
    MilestoneName.DISCHARGE_CORRECTED: discharge_corrected,
    MilestoneName.DISCHARGE_CANCELLED: discharge_cancelled,
    MilestoneName.DISCHARGE_RENEWED: discharge_renewed,
    MilestoneName.DATES_DIFFER: dates_differ,
}
