"""Puts the services of a case on hold, and lets them go on: during a readmission, and after a death was told."""

from activities import outgoing
from activities.case_session import CaseSession
from activities.release import cancel_visits, living, recorded, unreported_if_over, withdraw_unanswered
from handoff.case.messages import RecordedLine
from handoff.store.record.referrals import ReferralRow
from handoff.store.record.visits import VisitRow
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import Progress, WithdrawalReason
from handoff.vocabulary.states import CheckState, Death, LineState, ReferralState, VisitState


async def suspend_services(session: CaseSession, reason: WithdrawalReason) -> list[RecordedLine]:
    """Suspend visits, put accepted lines on hold, and withdraw offers that were not accepted.

    Returns the lines that have lost their provider.
    """
    visits, lost = _visits_suspended(session), await withdraw_unanswered(session, reason)
    referrals = session.referrals.open()
    for line in living(session):
        referral = referrals.get(line.line_id)
        if referral and referral.state != ReferralState.ON_HOLD:
            referral.state = ReferralState.ON_HOLD
            line.state = LineState.ON_HOLD
            _tell(
                session,
                referral,
                Progress.SUSPENDED,
                [visit for visit in visits if visit.offer_id == referral.offer_id],
            )
    return lost


def resume_services(session: CaseSession, reason: WithdrawalReason) -> list[RecordedLine]:
    """Let services that are on hold go on. Returns the lines that kept their provider.

    They stay on hold while the other reason for it lasts: the person is in hospital, or a death was told.
    """
    if session.case.admitted_at or session.case.death == Death.CLEAR:
        return []
    cancel_visits(session, reason, states=(VisitState.SUSPENDED,))
    _due_checks_are_due_again(session)
    lines, kept = session.lines.all(), []
    for referral in session.referrals.open().values():
        if referral.state == ReferralState.ON_HOLD:
            referral.state = ReferralState.ACCEPTED
            lines[referral.line_id].state = LineState.ACCEPTED
            _tell(session, referral, Progress.RESUMED, [])
            kept.append(recorded(lines[referral.line_id]))
    return kept


def contradicts_death(session: CaseSession, visit: VisitRow) -> bool:
    """Whether a visit is reported as completed after the date of a clear death. It does not count.

    Then one of both reports is wrong, so only a person closes the case.
    """
    died_at = session.case.died_at
    if session.case.death != Death.CLEAR or died_at is None or min(visit.planned_at, session.milestone.at) <= died_at:
        return False
    session.stop(LimitName.DEATH_CLOSING)
    due = session.start(LimitName.DEATH_CONFIRMATION)
    session.ask(TaskKind.CONFIRM_DEATH, due).due_at = due.due_at or session.at
    return True


def _visits_suspended(session: CaseSession) -> list[VisitRow]:
    scheduled = [visit for visit in session.visits.open() if visit.state == VisitState.SCHEDULED]
    visits = [visit for visit in scheduled if not unreported_if_over(session, visit)]
    for visit in visits:
        visit.state = VisitState.SUSPENDED
        session.clocks.stop_about(visit.visit_id)
    return visits


def _due_checks_are_due_again(session: CaseSession) -> None:
    """Checks that were due when the case began to stand still, whose clocks were stopped then, are due now."""
    running = session.clocks.all()
    for check in session.checks.all().values():
        planned, due = f"{LimitName.CHECK}:{check.name}", f"{LimitName.CHECK_WINDOW}:{check.name}"
        if check.state == CheckState.PLANNED and not {planned, due} & set(running):
            session.clocks.appoint(
                planned, session.at, session.clocks.owner(LimitName.CHECK, session.at), check.check_id
            )


def _tell(session: CaseSession, referral: ReferralRow, state: Progress, visits: list[VisitRow]) -> None:
    named = tuple(visit.visit_id for visit in visits)
    date = session.case.discharged_at if state == Progress.RESUMED else None
    outgoing.progressed(
        session, referral.provider, outgoing.News(state, visits=named, discharged_at=date), referral.offer_id
    )
