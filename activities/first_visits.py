"""First visits of lines: their moment is asked for. A first visit that breaks the promise is flagged.

The engine never replaces the moment that people named.
"""

from datetime import datetime

from activities import outgoing
from activities.case_session import CaseSession, owned
from handoff.case.messages import Due
from handoff.rules.appointment import Bounds, impossible_visit
from handoff.rules.clocks import runs
from handoff.rules.occurrence import Impossible
from handoff.rules.rhythm import weekdays_of
from handoff.rules.schedule import first_visit_at
from handoff.rules.series import first_on, regular, starts_at
from handoff.store.record.plans import LineRow
from handoff.store.record.referrals import ReferralRow
from handoff.store.record.visits import VisitRow
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.services import Namer
from handoff.vocabulary.states import LineKind, VisitState
from handoff.worklist.task_kinds import COORDINATOR

VISITED = (LineKind.SERIES, LineKind.ONE_OFF)  # kinds of line that have a first visit


def impossible(
    session: CaseSession, line: LineRow, moment: datetime, next_at: datetime | None = None
) -> Impossible | None:
    """Why a visit of a line cannot take place at a moment; None: it can. `next_at`: see `Bounds`.

    Whether the moment has passed is judged from when it was named, however late we learn of it.
    """
    home = session.discharged, session.case.expected_at
    bounds = Bounds(
        min(session.at, session.milestone.at), *home, line.starts_on, line.ends_at, next_at, session.profile.scale
    )
    return impossible_visit(moment, bounds)


def has_to_be_named(session: CaseSession, line: LineRow) -> bool:
    """Whether people name the first visit of a line: the profile says so, or they were asked for it already."""
    asked = f"{LimitName.FIRST_VISIT}:{line.line_id}" in session.clocks.all()
    return line.kind in VISITED and (asked or session.profile.visits.first_visit == Namer.PROVIDER)


def ask(session: CaseSession, line: LineRow, referral: ReferralRow, why: str = "") -> None:
    """Ask the provider for the moment of the first visit, by letter or by phone. It is asked once."""
    if f"{LimitName.FIRST_VISIT}:{line.line_id}" in session.clocks.all():
        return
    reached = session.reaches(referral.provider)
    due = session.start(LimitName.FIRST_VISIT, line.line_id, owner=referral.provider if reached else COORDINATOR)
    if outgoing.appointment_requested(session, line, referral, outgoing.FirstVisitAsked(due.due_at, why)):
        return
    about = {"provider": referral.provider, "service": line.service, "offer": referral.offer_id}
    session.ask(TaskKind.FIRST_VISIT, due, line.line_id, {**about, "until": proposal(session, line).isoformat()})


async def keep_or_ask(session: CaseSession, line: LineRow, referral: ReferralRow, moment: datetime | None) -> None:
    """Keep the first visit that an acceptance names; if it names none, or one that cannot be, it is asked for."""
    reason = impossible(session, line, moment) if moment and line.kind in VISITED else None
    referral.proposed_at = None if reason else moment
    begun = bool(regular(await session.visits.of_line(line.line_id)))
    if reason or (referral.proposed_at is None and not begun and has_to_be_named(session, line)):
        ask(session, line, referral, reason.code if reason else "")


def named(session: CaseSession, line: LineRow) -> None:
    """Note that the first visit was named: it is not asked for any more."""
    session.stop(f"{LimitName.FIRST_VISIT}:{line.line_id}")
    session.answered(TaskKind.FIRST_VISIT, subject=line.line_id)


def proposal(session: CaseSession, line: LineRow) -> datetime:
    """The first visit that the engine would propose: within the promise, from the start day on, on its weekdays."""
    discharged = session.discharged or max(session.case.expected_at or session.at, session.at)
    earliest = max(session.at, starts_at(line, session.profile) or session.at)
    soon = first_visit_at(earliest, discharged, session.profile)
    return first_on(weekdays_of(line.weekdays), soon, session.profile)


async def flag_if_late(session: CaseSession, line: LineRow, visit: VisitRow) -> None:
    """Open a task if the first visit of a line is planned beyond the promise. Close it if it is not any more.

    A task that was escalated, since a limit ran out, stays open until the visit takes place.

    The case's first service counts from the discharge. If it cannot be kept any more, or another visit keeps it, the
    limit of the line's own first visit counts.
    """
    visits = await session.visits.of_line(line.line_id)
    first = line.kind in VISITED and regular(visits)[:1] == [visit]
    if not first or session.discharged is None:
        return
    last, flagged = _promised(session, line), session.tasks.open().get((TaskKind.LATE_FIRST_VISIT, line.line_id))
    if visit.planned_at <= last:
        if flagged and not flagged.escalated_at:
            session.close_task(flagged)
        return
    about = {"offer": visit.offer_id, "visit": visit.visit_id, "provider": visit.provider, "until": last.isoformat()}
    late = session.tasks.open().get((TaskKind.FIRST_SERVICE_LATE, ""))
    if late:
        late.about = {**late.about, **about}
        return
    task = session.ask(TaskKind.LATE_FIRST_VISIT, owned(Due("", last), COORDINATOR), line.line_id)
    task.about = {**task.about, **about}


def _promised(session: CaseSession, line: LineRow) -> datetime:
    """Until when the first visit of a line has to take place."""
    discharged = session.discharged or session.at
    own = session.clocks.all().get(f"{LimitName.SERVICE_START}:{line.line_id}")
    start = own.due_at if own else runs(LimitName.SERVICE_START, session.at, session.profile).due_at
    first = runs(LimitName.FIRST_SERVICE, discharged, session.profile).due_at
    if first is None or first <= session.at or session.case.support_began_at or line.starts_on:
        return start or session.at
    others = (visit for visit in session.visits.open() if visit.line_id != line.line_id)
    kept = any(visit.state == VisitState.SCHEDULED and visit.planned_at <= first for visit in others)
    return start if kept and start else first
