"""Writes visits: planned one by one, moved, completed, missed, or not reported. Also sets the deadlines of services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from activities import outgoing
from activities.case_session import CaseSession, Writer
from activities.release import end_referral, finish_line
from activities.standstill import contradicts_death
from handoff.case.messages import Milestone, MilestoneResult
from handoff.rules.schedule import first_visit_at, next_visit_at, series_ends
from handoff.store.record.plans import ENDED, LineRow
from handoff.store.record.referrals import AGREED, ReferralRow
from handoff.store.record.visits import OPEN, VisitRow
from handoff.vocabulary.outcomes import Progress, Verdict, WithdrawalReason
from handoff.vocabulary.states import LineKind, LineState, ReferralState, Stage, VisitState
from handoff.vocabulary.words import LimitName, MilestoneName, TaskKind

BEGINNING = (ReferralState.ACCEPTED, ReferralState.IN_PROGRESS)  # referrals that visits may be planned for
WITHDRAWN = (VisitState.CANCELLED, VisitState.SUSPENDED)  # visits that the engine took back
_OFFERS = (MilestoneName.OFFER_MADE, MilestoneName.OFFER_ACCEPTED, MilestoneName.OFFER_PARTLY_ACCEPTED)
# Limits of a line that stop when a service is delivered.
PROMISED = (LimitName.SERVICE_START, LimitName.URGENT_SERVICE, LimitName.MAKE_UP)


async def visit_planned(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Plan the next visit of a line.

    Verdict: `planned`, with the visit as subject and its moment; `over` if the line has ended, or all its visits have
    taken place; `lost` if the line has no provider any more.
    """
    line = session.lines.all()[milestone.subject]
    referral = session.referrals.open().get(line.line_id)
    if line.state in ENDED:
        return session.result(Verdict.OVER, line.line_id)
    if referral is None or referral.state not in BEGINNING:
        return session.result(Verdict.LOST, line.line_id)
    visits = await session.visits.of_line(line.line_id)
    awaited = next((visit for visit in visits if visit.state == VisitState.SCHEDULED), None) or _unreported(
        line, visits
    )
    if awaited:
        return session.result(Verdict.PLANNED, awaited.visit_id, at=awaited.planned_at)
    following = _following(session, _Series(line, referral, visits), milestone)
    if following is None:
        await _over(session, line, referral)
        return session.result(Verdict.OVER, line.line_id)
    visit = _plan(session, _Series(line, referral, visits), following)
    return session.result(Verdict.PLANNED, visit.visit_id, at=visit.planned_at)


def visit_moved(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Move the scheduled visit of a line to the moment that the provider proposes, and inform the provider.

    If no visit is scheduled, the moment is kept for the next visit. Verdict: `moved` or `noted`.
    """
    line_id = ".".join(milestone.subject.split(".")[:2])
    for visit in session.visits.open():
        if visit.line_id == line_id and visit.state == VisitState.SCHEDULED and milestone.until:
            _move(session, visit, milestone.until)
            return session.result(Verdict.MOVED, visit.visit_id, at=milestone.until)
    referral = session.referrals.open().get(line_id)
    if referral:
        referral.proposed_at = milestone.until
    return session.result(Verdict.NOTED)


def _move(session: CaseSession, visit: VisitRow, moment: datetime) -> None:
    """Move a visit, and inform its provider."""
    line = session.lines.all()[visit.line_id]
    visit.planned_at = moment
    _await_report(session, visit, line)
    outgoing.visit_scheduled(session, visit, line.service)


async def visit_completed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store that a visit took place. Support begins with the first completed visit of the case.

    Verdict: `completed`, or `gone` if this visit was not awaited, or is dated after the person's death.
    """
    reported = session.visits.one(milestone.subject)
    if reported and reported.state in OPEN and contradicts_death(session, reported):
        return _gone(session)
    visit = _ended(session, milestone.subject, VisitState.COMPLETED, "")
    if visit is None:
        return _gone(session)
    session.stop(*(f"{limit}:{visit.line_id}" for limit in PROMISED))
    for task in session.tasks.open().values():
        ladder = (TaskKind.MISSED_VISIT, TaskKind.MISSED_VISIT_ESCALATED, TaskKind.SAFETY_CHECK)
        if task.kind in ladder and task.subject.startswith(f"{visit.line_id}.V"):
            session.stop(f"{LimitName.MISSED_VISIT_CALL}:{task.subject}")
            session.close_task(task)
    if session.case.support_began_at is None:
        await _support_began(session)
    return session.result(Verdict.COMPLETED, visit.visit_id)


def visit_missed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store that a visit did not take place; it is made up for. Verdict: `missed`, or `gone` if not awaited."""
    visit = _ended(session, milestone.subject, VisitState.MISSED, milestone.code)
    if visit is None:
        return _gone(session)
    session.start(LimitName.MAKE_UP, visit.line_id)
    return session.result(Verdict.MISSED, visit.visit_id)


def visit_unreported(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Open a task to ask about a visit that nobody reported. Verdict: `unreported`, or `gone` if not scheduled."""
    visit = session.visits.one(milestone.subject)
    if visit is None or visit.state != VisitState.SCHEDULED:
        return session.result(Verdict.GONE)
    visit.state = VisitState.UNREPORTED
    session.stop(f"{LimitName.VISIT_REPORT}:{visit.visit_id}")
    due = session.start(LimitName.MISSED_VISIT_CALL, visit.visit_id)
    session.ask(TaskKind.VISIT_REPORT, due, visit.visit_id, {"provider": visit.provider})
    return session.result(Verdict.UNREPORTED, visit.visit_id)


@dataclass(frozen=True)
class _Series:
    line: LineRow
    referral: ReferralRow
    visits: Sequence[VisitRow]

    @property
    def missed(self) -> str:
        """The id of the last visit if it was missed, so that a make-up visit is due; otherwise ""."""
        last = next((visit for visit in reversed(self.visits) if visit.state not in WITHDRAWN), None)
        return last.visit_id if last and last.state == VisitState.MISSED else ""

    @property
    def regular(self) -> list[VisitRow]:
        """The visits of the series itself, without make-up visits."""
        return [visit for visit in self.visits if visit.state not in WITHDRAWN and not visit.makes_up]


def _unreported(line: LineRow, visits: Sequence[VisitRow]) -> VisitRow | None:
    """The unreported visit of a one-off line: its report is awaited before another visit is planned."""
    waiting = [visit for visit in visits if visit.state == VisitState.UNREPORTED]
    return waiting[-1] if waiting and line.kind == LineKind.ONE_OFF else None


def _following(session: CaseSession, series: _Series, milestone: Milestone) -> datetime | None:
    """The moment of the next visit. None: there is no further visit."""
    line, discharged = series.line, session.discharged or session.at
    if line.kind in (LineKind.ON_DEMAND, LineKind.STAND_BY):
        return milestone.until or session.at
    soon = first_visit_at(session.at, discharged, series.referral.proposed_at, session.profile)
    if series.missed:
        return soon
    if line.kind == LineKind.ONE_OFF:
        delivered = sum(visit.state == VisitState.COMPLETED for visit in series.visits)
        return soon if delivered < line.quantity else None
    if not series.regular:
        return soon
    after = next_visit_at(series.regular[-1].planned_at, line.quantity, line.per, session.profile)
    moment = series.referral.proposed_at or (after if after > session.at else soon)
    over = line.days and moment >= series_ends(series.regular[0].planned_at, line.days, session.profile)
    return None if over else moment


def _plan(session: CaseSession, series: _Series, planned_at: datetime) -> VisitRow:
    line, referral = series.line, series.referral
    number = max((visit.number for visit in series.visits), default=0) + 1
    visit = session.visits.add(
        VisitRow(
            visit_id=f"{line.line_id}.V{number}",
            line_id=line.line_id,
            case_id=session.case.case_id,
            offer_id=referral.offer_id,
            number=number,
            provider=referral.provider,
            state=VisitState.SCHEDULED,
            planned_at=planned_at,
            makes_up=series.missed,
        )
    )
    referral.state = ReferralState.IN_PROGRESS
    referral.proposed_at = None
    line.state = LineState.IN_SERVICE
    _await_report(session, visit, line)
    outgoing.visit_scheduled(session, visit, line.service)
    return visit


def _await_report(session: CaseSession, visit: VisitRow, line: LineRow) -> None:
    """Start the clock of the visit's report, which counts from the planned end of the visit."""
    service = session.profile.service(line.service)
    lasts = timedelta(minutes=service.unit_minutes if service else 0) * session.profile.scale
    owner = visit.provider if session.reaches(visit.provider) else ""
    session.start(LimitName.VISIT_REPORT, visit.visit_id, at=visit.planned_at + lasts, owner=owner)


async def _over(session: CaseSession, line: LineRow, referral: ReferralRow) -> None:
    await end_referral(session, referral, ReferralState.COMPLETED)
    finish_line(session, line, LineState.COMPLETED, WithdrawalReason.DELIVERED)


def _ended(session: CaseSession, visit_id: str, state: VisitState, reason: str) -> VisitRow | None:
    """End an awaited visit. None: it was not awaited, and nothing is changed."""
    visit = session.visits.one(visit_id)
    if visit is None or visit.state not in OPEN:
        return None
    visit.state = state
    visit.reason = reason
    visit.ended_at = session.milestone.at
    session.clocks.stop_about(visit_id)
    session.answered(TaskKind.VISIT_REPORT, subject=visit_id)
    return visit


def _gone(session: CaseSession) -> MilestoneResult:
    outgoing.rejected(session, outgoing.Rejection("visit-gone", session.milestone.subject))
    return session.result(Verdict.GONE)


async def _support_began(session: CaseSession) -> None:
    session.case.support_began_at = session.milestone.at
    session.case.stage = Stage.FOLLOW_UP
    session.stop(LimitName.FIRST_SERVICE)
    session.answered(TaskKind.FIRST_SERVICE_LATE)
    await outgoing.senders_progressed(session, outgoing.News(Progress.FIRST_SERVICE))


async def service_dates_set(session: CaseSession, milestone: Milestone) -> MilestoneResult | None:
    """Start the clocks of services, which count from the discharge. Visits planned before it move.

    After an offer or its acceptance, only the clocks of that line are started.
    None: the person is not discharged, or there is no clock to start.
    """
    if session.discharged is None:
        return None
    lines = session.lines.all()
    if session.followed.milestone.what in _OFFERS:
        await _line_due(session, lines[".".join(milestone.subject.split(".")[:2])], session.discharged)
    else:
        await _all_due(session, session.discharged)
    return session.result() if session.clocks.touched() else None


async def _line_due(session: CaseSession, line: LineRow, discharged: datetime) -> None:
    """Start the clock of one line: of urgent service after an offer, of service start after an acceptance."""
    referral = session.referrals.open().get(line.line_id)
    if session.followed.milestone.what == MilestoneName.OFFER_MADE:
        if referral and referral.offered_at == session.at:
            await _urgent_due(session, line, discharged)
    elif referral and referral.answered_at == session.at:
        await _start_due(session, line, referral, discharged)


async def _all_due(session: CaseSession, discharged: datetime) -> None:
    if session.case.support_began_at is None:
        session.start(LimitName.FIRST_SERVICE, at=discharged)
    lines = session.lines.all()
    for referral in session.referrals.open().values():
        await _urgent_due(session, lines[referral.line_id], discharged)
        await _start_due(session, lines[referral.line_id], referral, discharged)
    for visit in session.visits.open():
        if visit.state == VisitState.SCHEDULED and visit.planned_at < discharged:
            _move(session, visit, first_visit_at(session.at, discharged, None, session.profile))


async def _urgent_due(session: CaseSession, line: LineRow, discharged: datetime) -> None:
    """Start the clock of an urgent line. It counts from its plan or from the discharge, whichever is later."""
    if not line.urgent or await _served(session, line):
        return
    plan = next((plan for plan in session.plans.versions() if plan.version == line.version), None)
    since = max(plan.submitted_at if plan else session.at, discharged)
    session.start(LimitName.URGENT_SERVICE, line.line_id, at=since)


async def _start_due(session: CaseSession, line: LineRow, referral: ReferralRow, discharged: datetime) -> None:
    """Start the clock of a line's first visit. It counts from acceptance or from the discharge, whichever is later."""
    visited = line.kind in (LineKind.SERIES, LineKind.ONE_OFF)
    if referral.state in AGREED and visited and not await _served(session, line):
        since = max(referral.answered_at or session.at, discharged)
        session.start(LimitName.SERVICE_START, line.line_id, at=since, owner=referral.provider)


async def _served(session: CaseSession, line: LineRow) -> bool:
    return any(visit.state == VisitState.COMPLETED for visit in await session.visits.of_line(line.line_id))


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.SERVICE_DATES_SET: service_dates_set,
    MilestoneName.VISIT_PLANNED: visit_planned,
    MilestoneName.VISIT_MOVED: visit_moved,
    MilestoneName.VISIT_COMPLETED: visit_completed,
    MilestoneName.VISIT_MISSED: visit_missed,
    MilestoneName.VISIT_UNREPORTED: visit_unreported,
}
