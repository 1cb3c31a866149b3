"""Writes a readmission: clocks and visits are suspended, and providers hold their capacity for some time.

After the return, the case goes on with the providers that still hold it.
"""

from collections.abc import Mapping

from activities import outgoing
from activities.case_session import CaseSession, Writer
from activities.release import cancel_visits, living, lose_provider, recorded, withdraw
from handoff.case.messages import Milestone, MilestoneResult, RecordedLine
from handoff.case.readmission import NEVER_ADMITTED, OTHER_MOMENT
from handoff.store.record.referrals import ReferralRow
from handoff.store.record.visits import VisitRow
from handoff.vocabulary.outcomes import Progress, Verdict, WithdrawalReason
from handoff.vocabulary.states import CheckState, LineState, ReferralState, VisitState
from handoff.vocabulary.words import LimitName, MilestoneName, TaskKind

READMITTED = WithdrawalReason.READMITTED
# Tasks that make no sense while the person is in hospital.
MOOT = (
    TaskKind.MISSED_VISIT,
    TaskKind.MISSED_VISIT_ESCALATED,
    TaskKind.SAFETY_CHECK,
    TaskKind.CHECK,
    TaskKind.FIRST_SERVICE_LATE,
    TaskKind.CONFIRM_DISCHARGE,
)


async def suspended(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Pause the clocks, suspend visits, put accepted lines on hold, and withdraw offers that were not accepted.

    Verdict: `suspended`. `lines` of the result: the lines that have lost their provider.
    """
    session.case.admitted_at = milestone.until or session.at
    visits = _visits_suspended(session)
    referrals, lost = session.referrals.open(), []
    for line in living(session):
        referral = referrals.get(line.line_id)
        if referral and referral.state == ReferralState.REQUESTED:
            await withdraw(session, referral, READMITTED)
            lose_provider(session, line, READMITTED)
            lost.append(recorded(line))
        elif referral:
            referral.state = ReferralState.ON_HOLD
            line.state = LineState.ON_HOLD
            _tell(
                session,
                referral,
                Progress.SUSPENDED,
                [visit for visit in visits if visit.offer_id == referral.offer_id],
            )
    session.answered(*MOOT)
    _pause_clocks(session)
    session.start(LimitName.READMISSION_HOLD)
    session.start(LimitName.READMISSION_REVIEW)
    return session.result(Verdict.SUSPENDED, lines=lost)


def note_moment(session: CaseSession, milestone: Milestone) -> None:
    """Store another moment at which the readmission began, if the note names one."""
    if milestone.why == OTHER_MOMENT:
        session.case.admitted_at = milestone.until


async def hold_expired(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Withdraw the lines that were on hold, since other people need the capacity.

    Verdict: `expired`. `lines` of the result: the lines that have lost their provider.
    """
    session.stop(LimitName.READMISSION_HOLD)
    referrals, lost = session.referrals.open(), []
    for line in living(session):
        referral = referrals.get(line.line_id)
        if referral and referral.state == ReferralState.ON_HOLD:
            await withdraw(session, referral, WithdrawalReason.HOLD_EXPIRED)
            lose_provider(session, line, WithdrawalReason.HOLD_EXPIRED, new_round=True)
            lost.append(recorded(line))
    return session.result(Verdict.EXPIRED, lines=lost)


def resumed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Go on after the return from hospital, or after an admission that was a mistake (code `cancelled`).

    Clocks go on with the time that they had left. Verdict: `resumed`, or `never-admitted` after a mistake. `lines` of
    the result: the lines that kept their provider.
    """
    mistaken = milestone.code == NEVER_ADMITTED
    session.case.admitted_at = None
    if not mistaken:
        session.case.discharged_at = milestone.until or session.at
        session.stop(LimitName.CORRECTION)
        session.answered(TaskKind.DATES_DIFFER)
    session.stop(LimitName.READMISSION_HOLD, LimitName.READMISSION_REVIEW)
    session.answered(TaskKind.READMISSION_REVIEW)
    session.clocks.resume(READMITTED)
    cancel_visits(session, READMITTED, states=(VisitState.SUSPENDED,))
    _due_checks_are_due_again(session)
    kept = _referrals_go_on(session)
    return session.result(Verdict.NEVER_ADMITTED if mistaken else Verdict.RESUMED, lines=kept)


def _visits_suspended(session: CaseSession) -> list[VisitRow]:
    visits = [visit for visit in session.visits.open() if visit.state == VisitState.SCHEDULED]
    for visit in visits:
        visit.state = VisitState.SUSPENDED
        session.clocks.stop_about(visit.visit_id)
    return visits


def _due_checks_are_due_again(session: CaseSession) -> None:
    """Checks that were due at the readmission, whose clocks were stopped then, are due now."""
    running = session.clocks.all()
    for check in session.checks.all().values():
        planned, due = f"{LimitName.CHECK}:{check.name}", f"{LimitName.CHECK_WINDOW}:{check.name}"
        if check.state == CheckState.PLANNED and not {planned, due} & set(running):
            session.clocks.appoint(
                planned, session.at, session.clocks.owner(LimitName.CHECK, session.at), check.check_id
            )


def _pause_clocks(session: CaseSession) -> None:
    """Stop the clocks of calls, of checks that are due and of the confirmation of the discharge. Pause all others."""
    running = session.clocks.all()
    session.stop(
        *(name for name in running if name.partition(":")[0] in (LimitName.MISSED_VISIT_CALL, LimitName.CHECK_WINDOW))
    )
    session.stop(LimitName.DISCHARGE_CONFIRMATION)
    session.clocks.pause(READMITTED)


def _referrals_go_on(session: CaseSession) -> list[RecordedLine]:
    lines, kept = session.lines.all(), []
    for referral in session.referrals.open().values():
        if referral.state == ReferralState.ON_HOLD:
            referral.state = ReferralState.ACCEPTED
            lines[referral.line_id].state = LineState.ACCEPTED
            _tell(session, referral, Progress.RESUMED, [])
            kept.append(recorded(lines[referral.line_id]))
    return kept


def _tell(session: CaseSession, referral: ReferralRow, state: Progress, visits: list[VisitRow]) -> None:
    named = tuple(visit.visit_id for visit in visits)
    date = session.case.discharged_at if state == Progress.RESUMED else None
    outgoing.progressed(
        session, referral.provider, outgoing.News(state, visits=named, discharged_at=date), referral.offer_id
    )


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.SUSPENDED: suspended,
    MilestoneName.HOLD_EXPIRED: hold_expired,
    MilestoneName.RESUMED: resumed,
}
