"""What is taken back: offers, capacity, visits, lines, checks. The record knows what is open; the story may not yet."""

from activities.case_session import CaseSession
from activities.outgoing import referral_withdrawn
from handoff.case.messages import RecordedLine
from handoff.store.record.checks import CheckRow
from handoff.store.record.plans import ENDED, LineRow
from handoff.store.record.referrals import ReferralRow
from handoff.store.record.visits import VisitRow
from handoff.vocabulary.outcomes import WithdrawalReason
from handoff.vocabulary.states import CheckState, LineState, ReferralState, VisitState
from handoff.vocabulary.words import LimitName, TaskKind


def finish_line(session: CaseSession, line: LineRow, state: str, reason: str) -> None:
    """End a line whose referral has ended: no further visit is planned."""
    lose_provider(session, line, reason)
    set_line(session, line, state, reason)


WHOEVER_SERVES = (LimitName.URGENT_SERVICE, LimitName.MAKE_UP)  # limits that run on when a line changes hands


async def end_referral(session: CaseSession, referral: ReferralRow, state: ReferralState, reason: str = "") -> None:
    """End a referral in a state of the Gravity Task: its capacity is free, and nobody waits for its answer."""
    if referral.reserved:
        await session.capacities.free(referral.provider, referral.reserved)
    referral.state = state
    referral.reason = reason
    referral.reserved = 0
    session.clocks.stop_about(referral.offer_id)
    session.answered(TaskKind.ANSWER, subject=referral.offer_id)


async def withdraw(session: CaseSession, referral: ReferralRow, reason: str) -> None:
    """Take a referral back, whatever its state, and tell its provider."""
    served = referral.state == ReferralState.IN_PROGRESS and reason in (
        WithdrawalReason.PLAN_CHANGED,
        WithdrawalReason.CLOSED,
        WithdrawalReason.DIED,
    )
    await end_referral(session, referral, ReferralState.COMPLETED if served else ReferralState.CANCELLED, reason)
    referral_withdrawn(session, referral, reason)


def cancel_visits(
    session: CaseSession, reason: str, *, line: str = "", states: tuple[VisitState, ...] = ()
) -> list[VisitRow]:
    """Cancel visits that have not taken place; an unreported one may have, so it stays unless it is named."""
    wanted = states or (VisitState.SCHEDULED, VisitState.SUSPENDED)
    found = [each for each in session.visits.open() if each.state in wanted and line in ("", each.line_id)]
    for visit in found:
        visit.state = VisitState.CANCELLED
        visit.reason = reason
        visit.ended_at = session.at
        session.clocks.stop_about(visit.visit_id)
        session.answered(TaskKind.VISIT_REPORT, subject=visit.visit_id)
    return found


def set_line(session: CaseSession, line: LineRow, state: str, reason: str = "") -> None:
    """Move a line on: nobody waits any longer for what it waited for."""
    session.clocks.stop_about(line.line_id, but=() if state in ENDED else WHOEVER_SERVES)
    session.answered(TaskKind.GAP, subject=line.line_id)
    provider = line.provider if state in (LineState.COMPLETED, LineState.FAILED) else ""
    line.state = state
    line.reason = reason
    line.provider = provider


def lose_provider(session: CaseSession, line: LineRow, reason: str, *, anew: bool = False) -> None:
    """Return the line to `planned`, without a provider; `anew`: who declined before may be asked again."""
    cancel_visits(session, reason, line=line.line_id)
    set_line(session, line, LineState.PLANNED, reason)
    if anew:
        line.asked_anew_at = session.at


async def drop_line(session: CaseSession, line: LineRow, state: str, reason: str) -> None:
    """End a line: its referral is withdrawn, its visits are cancelled."""
    referral = session.referrals.open().get(line.line_id)
    if referral:
        await withdraw(session, referral, reason)
    cancel_visits(session, reason, line=line.line_id)
    set_line(session, line, state, reason)


def living(session: CaseSession) -> list[LineRow]:
    """The lines that something may still follow."""
    return [line for line in session.lines.all().values() if line.state not in ENDED]


def recorded(line: LineRow, *, provisional: bool = False, keeps: str = "") -> RecordedLine:
    """A line as the story is told of it."""
    return RecordedLine(line.line_id, line.kind, urgent=line.urgent, provisional=provisional, keeps=keeps)


HANG_ON_DISCHARGE = (f"{LimitName.SERVICE_START}:", f"{LimitName.URGENT_SERVICE}:")  # clocks that count from it


def not_at_home(session: CaseSession, reason: str) -> None:
    """Stop what counts from the discharge: the person is not at home, or not yet."""
    running = session.clocks.all()
    session.stop(LimitName.FIRST_SERVICE, *(name for name in running if name.startswith(HANG_ON_DISCHARGE)))
    session.answered(TaskKind.FIRST_SERVICE_LATE)
    cancel_checks(session, reason)


def cancel_checks(session: CaseSession, reason: str, *, all_of_them: bool = False) -> None:
    """Cancel the checks that hang on the discharge, or every check that was not made."""
    for check in session.checks.all().values():
        if check.state == CheckState.PLANNED and (all_of_them or check.name.startswith("day-")):
            check_not_due(session, check)
            session.stop(f"{LimitName.CHECK}:{check.name}")
            check.state = CheckState.CANCELLED
            check.result = reason
            check.ended_at = session.at


def check_not_due(session: CaseSession, check: CheckRow) -> None:
    """Nobody has to make it now."""
    session.stop(f"{LimitName.CHECK_WINDOW}:{check.name}")
    session.answered(TaskKind.CHECK, TaskKind.SAFETY_CHECK, subject=check.check_id)
