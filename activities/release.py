"""Takes back offers, capacity, visits, lines and checks, for all behaviours.

It acts on what is open in the record, which the workflow may not know yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from activities.case_session import CaseSession
from activities.outgoing import referral_withdrawn
from activities.running_services import RUNNING, decided
from handoff.case.messages import RecordedLine
from handoff.rules.delivery import REFERRAL_STATES, Tally, ended_by_word, ended_in_full
from handoff.rules.series import WITHDRAWN, planned_in_all
from handoff.store.record.checks import CheckRow
from handoff.store.record.plans import ENDED, LineRow
from handoff.store.record.referrals import AGREED, ReferralRow
from handoff.store.record.visits import VisitRow
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import WithdrawalReason
from handoff.vocabulary.states import (
    LINE_DELIVERED,
    CheckState,
    EndedBy,
    LineKind,
    LineState,
    ReferralState,
    VisitState,
)
from handoff.worklist.task_kinds import COORDINATOR

BEGUN = (ReferralState.IN_PROGRESS, ReferralState.ON_HOLD)  # referrals whose line has a visit, or waits for one


@dataclass(frozen=True)
class Ending:
    """Why a line ends: a code, and who or what ended it; "" if its time was over."""

    reason: str
    by: EndedBy | str = ""


def tally(visits: Sequence[VisitRow]) -> Tally:
    """The visits of a line so far, counted. What its provider has not reported yet, and is over, is unreported."""
    counted = [visit for visit in visits if visit.state not in WITHDRAWN]
    states = [visit.state for visit in counted]
    return Tally(
        regular=sum(not visit.makes_up for visit in counted),
        delivered=states.count(VisitState.COMPLETED),
        missed=states.count(VisitState.MISSED),
        unreported=states.count(VisitState.UNREPORTED),
    )


async def finish_line(session: CaseSession, line: LineRow, referral: ReferralRow, ending: Ending) -> LineState:
    """End a line that a provider had accepted, by what was delivered. Returns its state, and sets the referral's.

    The referral's capacity is freed before or after. No further visit is planned.
    """
    cancel_visits(session, ending.reason, line=line.line_id)
    visits = await session.visits.of_line(line.line_id)
    state = _how_ended(session, line, visits, ending)
    set_line(session, line, state, ending.reason)
    _note_end(session, line, ending.by)
    referral.state = REFERRAL_STATES[state]
    return state


def _how_ended(session: CaseSession, line: LineRow, visits: Sequence[VisitRow], ending: Ending) -> LineState:
    """How a line has ended, by its visits and by the word that ended it."""
    counted = tally(visits)
    if ending.by and ending.reason == LineState.FAILED:
        return LineState.FAILED
    if ending.by:
        planned = planned_in_all(line, visits, session.profile)
        return ended_by_word(counted, planned, all_done=ending.reason == LineState.COMPLETED)
    return ended_in_full(counted, line.quantity if line.kind == LineKind.ONE_OFF else counted.regular)


async def settle_line(session: CaseSession, line: LineRow) -> None:
    """Decide once more how a line that is over has ended, after a late report or a correction of one of its visits.

    The referral that it ended with follows. A line that failed by somebody's word stays so.
    """
    if line.state not in LINE_DELIVERED and not (line.ended_by and line.state == LineState.ENDED_EARLY):
        return
    visits = await session.visits.of_line(line.line_id)
    line.state = _how_ended(session, line, visits, Ending(line.reason, line.ended_by))
    own = (line.line_id, line.provider)
    ended = [referral for referral in session.referrals.all() if (referral.line_id, referral.provider) == own]
    if ended:
        ended[-1].state = REFERRAL_STATES[line.state]


# Limits that go on when a line changes its provider.
FOR_ANY_PROVIDER = (LimitName.URGENT_SERVICE, LimitName.MAKE_UP, LimitName.LINE_END, LimitName.REFUSAL)


async def end_referral(session: CaseSession, referral: ReferralRow, state: ReferralState, reason: str = "") -> None:
    """End a referral in this state. Its capacity is freed, and its answer is no longer awaited.

    A provider that had accepted is told so in each case: it has the person's data, and has to delete them.
    """
    if referral.state in AGREED:
        referral_withdrawn(session, referral, reason)
    if referral.reserved:
        await session.capacities.free(referral.provider, referral.reserved)
    referral.state = state
    referral.reason = reason
    referral.reserved = 0
    session.clocks.stop_about(referral.offer_id)
    over = (TaskKind.ANSWER, TaskKind.TELL_DETAILS, TaskKind.DISTRICT_NOT_SERVED)
    session.answered(*over, subject=referral.offer_id)


async def withdraw(session: CaseSession, referral: ReferralRow, reason: str) -> None:
    """Withdraw a referral in any state, and inform its provider."""
    if referral.state == ReferralState.REQUESTED:
        referral_withdrawn(session, referral, reason)
    await end_referral(session, referral, ReferralState.CANCELLED, reason)


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

    By default these are scheduled and suspended visits. A visit whose moment has passed may have taken place: it is
    unreported.
    """
    cancelled = states or (VisitState.SCHEDULED, VisitState.SUSPENDED)
    visits = [visit for visit in session.visits.open() if visit.state in cancelled and line in ("", visit.line_id)]
    for visit in visits:
        if not unreported_if_over(session, visit):
            cancel(session, visit, reason)
    return visits


def cancel(session: CaseSession, visit: VisitRow, reason: str) -> None:
    """Cancel one visit. Its report is not awaited any more."""
    visit.state = VisitState.CANCELLED
    visit.reason = reason
    visit.ended_at = session.at
    session.clocks.stop_about(visit.visit_id)
    session.answered(TaskKind.VISIT_REPORT, subject=visit.visit_id)


def unreported_if_over(session: CaseSession, visit: VisitRow) -> bool:
    """Open a task to ask about a scheduled visit whose moment has passed. Returns whether it has."""
    over = visit.state == VisitState.SCHEDULED and visit.planned_at <= session.at
    if over:
        not_reported(session, visit)
    return over


def not_reported(session: CaseSession, visit: VisitRow) -> None:
    """Open a task to ask about a visit that nobody reported, unless it is confirmed by the week."""
    visit.state = VisitState.UNREPORTED
    session.stop(f"{LimitName.VISIT_REPORT}:{visit.visit_id}", f"{LimitName.VISIT_END}:{visit.visit_id}")
    if session.lines.all()[visit.line_id].service in session.profile.by_exception:
        return
    due = session.start(LimitName.MISSED_VISIT_CALL, visit.visit_id)
    session.ask(TaskKind.VISIT_REPORT, due, visit.visit_id, {"provider": visit.provider})


def set_line(session: CaseSession, line: LineRow, state: str, reason: str = "") -> None:
    """Set the state of a line, and stop the clocks and close the tasks of its previous state."""
    session.clocks.stop_about(line.line_id, but=() if state in ENDED else FOR_ANY_PROVIDER)
    before = (TaskKind.GAP, TaskKind.FIRST_VISIT, TaskKind.LATE_FIRST_VISIT)
    session.answered(*before, *([TaskKind.CONFIRM_REFUSAL] if state in ENDED else []), subject=line.line_id)
    if state not in RUNNING:
        decided(session, line.line_id)
    provider = line.provider if state in (*LINE_DELIVERED, LineState.ENDED_EARLY) else ""
    line.state = state
    line.reason = reason
    line.provider = provider


def lose_provider(session: CaseSession, line: LineRow, reason: str, *, new_round: bool = False) -> None:
    """Return the line to `planned`, without a provider. `new_round`: those that declined may be asked again.

    The end that this provider has set is dropped with it. One that the municipality or the person has set stays.
    """
    cancel_visits(session, reason, line=line.line_id)
    if line.ended_by == EndedBy.PROVIDER:
        line.ends_at, line.ending, line.ended_by, line.ended_who = None, "", "", ""
        session.stop(f"{LimitName.LINE_END}:{line.line_id}")
    set_line(session, line, LineState.PLANNED, reason)
    if line.ends_at:  # it may have come while a visit was awaited
        session.clocks.appoint(f"{LimitName.LINE_END}:{line.line_id}", line.ends_at, COORDINATOR, line.line_id)
    if new_round:
        line.asked_anew_at = session.at


async def drop_line(session: CaseSession, line: LineRow, reason: str, by: EndedBy | str) -> None:
    """End a line: early, if its visits had begun to be planned; else it is removed.

    Its referral is withdrawn, and its visits are cancelled.
    """
    referral = session.referrals.open().get(line.line_id)
    begun = referral is not None and referral.state in BEGUN
    if referral:
        await withdraw(session, referral, reason)
    if referral and begun:
        await finish_line(session, line, referral, Ending(reason, by))
        return
    cancel_visits(session, reason, line=line.line_id)
    delivered = tally(await session.visits.of_line(line.line_id)).delivered
    set_line(session, line, LineState.ENDED_EARLY if delivered else LineState.REMOVED, reason)
    _note_end(session, line, by)


def _note_end(session: CaseSession, line: LineRow, by: EndedBy | str) -> None:
    """Store who ended a line, and when: the one who announced the end, if it is this end that has come."""
    announced = line.ended_who if line.ended_by == by else ""
    line.ended_by, line.ended_who = by, session.milestone.who or announced
    line.ended_at = min(session.milestone.at, line.ends_at or session.milestone.at)


async def time_is_over(session: CaseSession, line: LineRow) -> Ending:
    """Why a line ends that nobody ends now: by the end that was set for it, if visits were left to plan then."""
    visits = await session.visits.of_line(line.line_id)
    planned = planned_in_all(line, visits, session.profile)
    cut_short = line.ends_at is not None and (planned is None or tally(visits).regular < planned)
    return Ending(line.ending, line.ended_by) if cut_short else Ending(WithdrawalReason.DELIVERED)


def is_of_another(session: CaseSession, referral: ReferralRow) -> bool:
    """Whether the actor of this milestone is a provider, and the line is another one's now."""
    actor = session.milestone.who
    return actor != referral.provider and session.profile.provider(actor) is not None


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
