"""Takes back offers, capacity, visits, lines and checks, for all behaviours.

It acts on what is open in the record, which the workflow may not know yet.
"""

from activities.case_session import CaseSession
from activities.outgoing import referral_withdrawn
from handoff.case.messages import RecordedLine
from handoff.store.record.checks import CheckRow
from handoff.store.record.plans import ENDED, LineRow
from handoff.store.record.referrals import ReferralRow
from handoff.store.record.visits import VisitRow
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import WithdrawalReason
from handoff.vocabulary.states import CheckState, LineState, ReferralState, VisitState


def finish_line(session: CaseSession, line: LineRow, state: str, reason: str) -> None:
    """End a line whose referral has ended. No further visit is planned."""
    lose_provider(session, line, reason)
    set_line(session, line, state, reason)


# Limits that go on when a line changes its provider.
FOR_ANY_PROVIDER = (LimitName.URGENT_SERVICE, LimitName.MAKE_UP)


async def end_referral(session: CaseSession, referral: ReferralRow, state: ReferralState, reason: str = "") -> None:
    """End a referral in this state. Its capacity is freed, and its answer is no longer awaited."""
    if referral.reserved:
        await session.capacities.free(referral.provider, referral.reserved)
    referral.state = state
    referral.reason = reason
    referral.reserved = 0
    session.clocks.stop_about(referral.offer_id)
    session.answered(TaskKind.ANSWER, subject=referral.offer_id)


async def withdraw(session: CaseSession, referral: ReferralRow, reason: str) -> None:
    """Withdraw a referral in any state, and inform its provider."""
    served = referral.state == ReferralState.IN_PROGRESS and reason in (
        WithdrawalReason.PLAN_CHANGED,
        WithdrawalReason.CLOSED,
        WithdrawalReason.DIED,
    )
    await end_referral(session, referral, ReferralState.COMPLETED if served else ReferralState.CANCELLED, reason)
    referral_withdrawn(session, referral, reason)


async def withdraw_unanswered(session: CaseSession, reason: str) -> list[RecordedLine]:
    """Withdraw the offers that no provider has accepted. Returns the lines that have lost their provider."""
    referrals, lost = session.referrals.open(), []
    for line in living(session):
        referral = referrals.get(line.line_id)
        if referral and referral.state == ReferralState.REQUESTED:
            await withdraw(session, referral, reason)
            lose_provider(session, line, reason)
            lost.append(recorded(line))
    return lost


def cancel_visits(
    session: CaseSession, reason: str, *, line: str = "", states: tuple[VisitState, ...] = ()
) -> list[VisitRow]:
    """Cancel the visits of a line, or of all lines, that are in one of these states. Returns them.

    By default these are scheduled and suspended visits. An unreported visit may have taken place.
    """
    cancelled = states or (VisitState.SCHEDULED, VisitState.SUSPENDED)
    visits = [visit for visit in session.visits.open() if visit.state in cancelled and line in ("", visit.line_id)]
    for visit in visits:
        cancel(session, visit, reason)
    return visits


def cancel(session: CaseSession, visit: VisitRow, reason: str) -> None:
    """Cancel one visit. Its report is not awaited any more."""
    visit.state = VisitState.CANCELLED
    visit.reason = reason
    visit.ended_at = session.at
    session.clocks.stop_about(visit.visit_id)
    session.answered(TaskKind.VISIT_REPORT, subject=visit.visit_id)


def set_line(session: CaseSession, line: LineRow, state: str, reason: str = "") -> None:
    """Set the state of a line, and stop the clocks and close the tasks of its previous state."""
    session.clocks.stop_about(line.line_id, but=() if state in ENDED else FOR_ANY_PROVIDER)
    for kind in (TaskKind.GAP, TaskKind.FIRST_VISIT, TaskKind.LATE_FIRST_VISIT):
        session.answered(kind, subject=line.line_id)
    provider = line.provider if state in (LineState.COMPLETED, LineState.FAILED) else ""
    line.state = state
    line.reason = reason
    line.provider = provider


def lose_provider(session: CaseSession, line: LineRow, reason: str, *, new_round: bool = False) -> None:
    """Return the line to `planned`, without a provider. `new_round`: those that declined may be asked again."""
    cancel_visits(session, reason, line=line.line_id)
    set_line(session, line, LineState.PLANNED, reason)
    if new_round:
        line.asked_anew_at = session.at


async def drop_line(session: CaseSession, line: LineRow, state: str, reason: str) -> None:
    """End a line. Its referral is withdrawn, and its visits are cancelled."""
    referral = session.referrals.open().get(line.line_id)
    if referral:
        await withdraw(session, referral, reason)
    cancel_visits(session, reason, line=line.line_id)
    set_line(session, line, state, reason)


def living(session: CaseSession) -> list[LineRow]:
    """The lines that have not ended."""
    return [line for line in session.lines.all().values() if line.state not in ENDED]


def recorded(line: LineRow, *, provisional: bool = False, keeps: str = "") -> RecordedLine:
    """The line in the form that the workflow gets."""
    return RecordedLine(line.line_id, line.kind, urgent=line.urgent, provisional=provisional, keeps=keeps)


# Beginnings of the names of clocks that count from the discharge.
FROM_DISCHARGE = (f"{LimitName.SERVICE_START}:", f"{LimitName.URGENT_SERVICE}:")


def not_at_home(session: CaseSession, reason: str) -> None:
    """Stop the clocks and cancel the checks that count from the discharge, since the person is not at home."""
    running = session.clocks.all()
    session.stop(LimitName.FIRST_SERVICE, *(name for name in running if name.startswith(FROM_DISCHARGE)))
    session.answered(TaskKind.FIRST_SERVICE_LATE, TaskKind.LATE_FIRST_VISIT)
    cancel_checks(session, reason)


def cancel_checks(session: CaseSession, reason: str, *, all_of_them: bool = False) -> None:
    """Cancel the planned checks that count from the discharge, or all planned checks."""
    for check in session.checks.all().values():
        if check.state == CheckState.PLANNED and (all_of_them or check.name.startswith("day-")):
            check_not_due(session, check)
            session.stop(f"{LimitName.CHECK}:{check.name}")
            check.state = CheckState.CANCELLED
            check.result = reason
            check.ended_at = session.at


def check_not_due(session: CaseSession, check: CheckRow) -> None:
    """Stop the clock and close the tasks of a check that was due."""
    session.stop(f"{LimitName.CHECK_WINDOW}:{check.name}")
    session.answered(TaskKind.CHECK, TaskKind.SAFETY_CHECK, subject=check.check_id)
