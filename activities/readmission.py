"""Writes a readmission: clocks and visits are suspended, and providers hold their capacity for some time.

After the return, the case goes on with the providers that still hold it.
"""

from collections.abc import Mapping

from activities.case_session import CaseSession, Writer
from activities.release import living, lose_provider, recorded, withdraw
from activities.standstill import resume_services, suspend_services
from handoff.case.messages import Milestone, MilestoneResult
from handoff.case.readmission import NEVER_ADMITTED, OTHER_MOMENT
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import Verdict, WithdrawalReason
from handoff.vocabulary.states import ReferralState
from handoff.vocabulary.words import MilestoneName

READMITTED = WithdrawalReason.READMITTED
# Tasks that make no sense while the person is in hospital.
MOOT = (
    TaskKind.MISSED_VISIT,
    TaskKind.MISSED_VISIT_ESCALATED,
    TaskKind.SAFETY_CHECK,
    TaskKind.CHECK,
    TaskKind.FIRST_SERVICE_LATE,
    TaskKind.LATE_FIRST_VISIT,
    TaskKind.CONFIRM_DISCHARGE,
)


async def suspended(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Pause the clocks, suspend visits, put accepted lines on hold, and withdraw offers that were not accepted.

    Verdict: `suspended`. `lines` of the result: the lines that have lost their provider.
    """
    session.case.admitted_at = milestone.until or session.at
    lost = await suspend_services(session, READMITTED)
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
    kept = resume_services(session, READMITTED)
    return session.result(Verdict.NEVER_ADMITTED if mistaken else Verdict.RESUMED, lines=kept)


def _pause_clocks(session: CaseSession) -> None:
    """Stop the clocks of calls, of checks that are due and of the confirmation of the discharge. Pause all others."""
    running = session.clocks.all()
    session.stop(
        *(name for name in running if name.partition(":")[0] in (LimitName.MISSED_VISIT_CALL, LimitName.CHECK_WINDOW))
    )
    session.stop(LimitName.DISCHARGE_CONFIRMATION)
    session.clocks.pause(READMITTED)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.SUSPENDED: suspended,
    MilestoneName.HOLD_EXPIRED: hold_expired,
    MilestoneName.RESUMED: resumed,
}
