"""Lets a provider keep a line until the day from which it gives the line back."""

from datetime import datetime

from activities.case_session import CaseSession
from activities.release import cancel
from handoff.store.record.referrals import ReferralRow
from handoff.store.record.visits import VisitRow
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.outcomes import WithdrawalReason
from handoff.vocabulary.states import VisitState
from handoff.worklist.task_kinds import COORDINATOR


def give_back_from(session: CaseSession, referral: ReferralRow, moment: datetime) -> list[VisitRow]:
    """Let a provider give its line back at a moment to come. Returns the visits that are cancelled: those after it."""
    session.clocks.appoint(_clock(referral), moment, COORDINATOR, referral.offer_id)
    later = [
        visit
        for visit in session.visits.open()
        if (visit.offer_id, visit.state) == (referral.offer_id, VisitState.SCHEDULED) and visit.planned_at >= moment
    ]
    for visit in later:
        cancel(session, visit, WithdrawalReason.CHANGED_MIND)
    return later


def is_given_back(session: CaseSession, referral: ReferralRow, moment: datetime) -> bool:
    """Whether a provider has given its line back from a moment, or an earlier one, on."""
    clock = session.clocks.all().get(_clock(referral))
    return clock is not None and clock.due_at <= moment


def _clock(referral: ReferralRow) -> str:
    return f"{LimitName.LINE_END}:{referral.offer_id}"
