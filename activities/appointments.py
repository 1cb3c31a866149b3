"""Writes appointments: the visits of a line are planned one by one, and moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from activities import outgoing
from activities.case_session import CaseSession, Writer
from activities.release import WITHDRAWN, Ending, end_referral, finish_line
from handoff.case.messages import Milestone, MilestoneResult
from handoff.rules.schedule import first_visit_at, next_visit_at, series_ends
from handoff.store.record.plans import ENDED, LineRow
from handoff.store.record.referrals import ReferralRow
from handoff.store.record.visits import VisitRow
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.outcomes import Verdict, WithdrawalReason
from handoff.vocabulary.states import LineKind, LineState, ReferralState, VisitState
from handoff.vocabulary.words import MilestoneName
from handoff.worklist.task_kinds import COORDINATOR

PLANNED_AFTER = timedelta(hours=18)  # after a visit that is confirmed by the week, until the next one is planned
BEGINNING = (ReferralState.ACCEPTED, ReferralState.IN_PROGRESS)  # referrals that visits may be planned for


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
    series = _Series(line, referral, visits, line.service not in session.profile.by_exception)
    following = _following(session, series, milestone)
    if following is None:
        await _over(session, line, referral)
        return session.result(Verdict.OVER, line.line_id)
    visit = _plan(session, series, following)
    return session.result(Verdict.PLANNED, visit.visit_id, at=visit.planned_at)


def visit_moved(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Move the scheduled visit of a line to the moment that the provider proposes, and inform the provider.

    If no visit is scheduled, the moment is kept for the next visit. Verdict: `moved` or `noted`.
    """
    line_id = ".".join(milestone.subject.split(".")[:2])
    for visit in session.visits.open():
        if visit.line_id == line_id and visit.state == VisitState.SCHEDULED and milestone.until:
            move(session, visit, milestone.until)
            return session.result(Verdict.MOVED, visit.visit_id, at=milestone.until)
    referral = session.referrals.open().get(line_id)
    if referral:
        referral.proposed_at = milestone.until
    return session.result(Verdict.NOTED)


def move(session: CaseSession, visit: VisitRow, moment: datetime) -> None:
    """Move a visit, and inform its provider."""
    line = session.lines.all()[visit.line_id]
    visit.planned_at = moment
    _await_report(session, visit, line)
    outgoing.visit_scheduled(session, visit, line.service)


@dataclass(frozen=True)
class _Series:
    line: LineRow
    referral: ReferralRow
    visits: Sequence[VisitRow]
    made_up: bool = True  # whether a missed visit is; the next meal comes anyway

    @property
    def missed(self) -> str:
        """The id of the last visit if it was missed, so that a make-up visit is due; otherwise ""."""
        last = next((visit for visit in reversed(self.visits) if visit.state not in WITHDRAWN), None)
        return last.visit_id if self.made_up and last and last.state == VisitState.MISSED else ""

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
    """Start the clock of the visit's report, which counts from the planned end of the visit.

    A visit that is confirmed by the week has a clock that only leads to the next one.
    """
    service = session.profile.service(line.service)
    lasts = timedelta(minutes=service.unit_minutes if service else 0) * session.profile.scale
    if line.service in session.profile.by_exception:
        next_at = next_visit_at(visit.planned_at, line.quantity, line.per, session.profile)
        rings = visit.planned_at + min(PLANNED_AFTER * session.profile.scale, (next_at - visit.planned_at) * 3 / 4)
        session.clocks.appoint(f"{LimitName.VISIT_END}:{visit.visit_id}", rings, COORDINATOR, visit.visit_id)
        return
    owner = visit.provider if session.reaches(visit.provider) else ""
    session.start(LimitName.VISIT_REPORT, visit.visit_id, at=visit.planned_at + lasts, owner=owner)


async def _over(session: CaseSession, line: LineRow, referral: ReferralRow) -> None:
    await end_referral(session, referral, ReferralState.COMPLETED, WithdrawalReason.DELIVERED)
    await finish_line(session, line, referral, Ending(WithdrawalReason.DELIVERED))


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.VISIT_PLANNED: visit_planned,
    MilestoneName.VISIT_MOVED: visit_moved,
}
