"""Writes the deadlines of services, which count from the discharge: of the first service, and of each line."""

from collections.abc import Mapping
from datetime import datetime

from activities.case_session import CaseSession, Writer
from activities.first_visits import ask
from activities.promise import start_first_service
from activities.release import cancel, recorded
from activities.rhythm_changes import move
from handoff.case.messages import Milestone, MilestoneResult
from handoff.rules.appointment import BEFORE_DISCHARGE
from handoff.rules.schedule import first_visit_at
from handoff.rules.series import starts_at
from handoff.store.record.plans import LineRow
from handoff.store.record.referrals import AGREED, ReferralRow
from handoff.subjects import line_of
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.outcomes import WithdrawalReason
from handoff.vocabulary.services import Namer
from handoff.vocabulary.states import LineKind, VisitState
from handoff.vocabulary.words import MilestoneName

_OFFERS = (MilestoneName.OFFER_MADE, MilestoneName.OFFER_ACCEPTED, MilestoneName.OFFER_PARTLY_ACCEPTED)


async def service_dates_set(session: CaseSession, milestone: Milestone) -> MilestoneResult | None:
    """Start the clocks of services, which count from the discharge. Visits planned before it move.

    After an offer or its acceptance, only the clocks of that line are started.
    None: the person is not discharged, or there is no clock to start. `lines` of the result: lines whose first visit
    was named for a moment before the discharge. It is cancelled, and another one is asked for.
    """
    if session.discharged is None:
        return None
    lines, cancelled = session.lines.all(), list[LineRow]()
    if session.followed.milestone.what in _OFFERS:
        await _line_due(session, lines[line_of(milestone.subject)], session.discharged)
    else:
        cancelled = await _all_due(session, session.discharged)
    asked = [recorded(line) for line in cancelled]
    return session.result(lines=asked) if session.clocks.touched() else None


async def _line_due(session: CaseSession, line: LineRow, discharged: datetime) -> None:
    """Start the clock of one line: of urgent service after an offer, of service start after an acceptance."""
    referral = session.referrals.open().get(line.line_id)
    if session.followed.milestone.what == MilestoneName.OFFER_MADE:
        if referral and referral.offered_at == session.at:
            await _urgent_due(session, line, discharged)
    elif referral and referral.answered_at == session.at:
        await start_due(session, line, referral, discharged)


async def _all_due(session: CaseSession, discharged: datetime) -> list[LineRow]:
    """Start all clocks. Returns the lines whose first visit is asked for again."""
    start_first_service(session)
    lines = session.lines.all()
    for referral in session.referrals.open().values():
        await _urgent_due(session, lines[referral.line_id], discharged)
        await start_due(session, lines[referral.line_id], referral, discharged)
    asked = list[LineRow]()
    for visit in session.visits.open():
        early = visit.state == VisitState.SCHEDULED and visit.planned_at < discharged
        if early and visit.named_by == Namer.PROVIDER:
            cancel(session, visit, WithdrawalReason.DISCHARGE_CORRECTED)
            asked.append(lines[visit.line_id])
            ask(session, lines[visit.line_id], session.referrals.open()[visit.line_id], BEFORE_DISCHARGE)
        elif early:
            move(session, visit, first_visit_at(session.at, discharged, session.profile))
    return asked


async def _urgent_due(session: CaseSession, line: LineRow, discharged: datetime) -> None:
    """Start the clock of an urgent line. It counts from its plan or from the discharge, whichever is later."""
    if not line.urgent or await _served(session, line):
        return
    plan = next((plan for plan in session.plans.versions() if plan.version == line.version), None)
    since = max(plan.submitted_at if plan else session.at, discharged)
    session.start(LimitName.URGENT_SERVICE, line.line_id, at=since)


async def start_due(session: CaseSession, line: LineRow, referral: ReferralRow, discharged: datetime) -> None:
    """Start the clock of a line's first visit. It counts from acceptance or from the discharge, whichever is later."""
    visited = line.kind in (LineKind.SERIES, LineKind.ONE_OFF)
    if referral.state in AGREED and visited and not await _served(session, line):
        since = max(referral.answered_at or session.at, discharged, starts_at(line, session.profile) or discharged)
        session.start(LimitName.SERVICE_START, line.line_id, at=since, owner=referral.provider)


async def _served(session: CaseSession, line: LineRow) -> bool:
    return any(visit.state == VisitState.COMPLETED for visit in await session.visits.of_line(line.line_id))


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.SERVICE_DATES_SET: service_dates_set,
}
