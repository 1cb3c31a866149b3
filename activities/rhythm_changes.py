"""Moves visits, and lets a series go on in another rhythm from a day on, for all behaviours."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from activities import outgoing
from activities.case_session import CaseSession
from activities.release import cancel
from handoff.rules.matching import load
from handoff.rules.series import begins_at, next_date, regular, slot_of
from handoff.store.record.plans import LineRow
from handoff.store.record.referrals import ReferralRow
from handoff.store.record.visits import VisitRow
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.outcomes import Progress, WithdrawalReason
from handoff.vocabulary.states import VisitState
from handoff.worklist.task_kinds import COORDINATOR

PLANNED_AFTER = timedelta(hours=18)  # after a visit that is confirmed by the week, until the next one is planned
PERIODS: Mapping[str, timedelta] = {"day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=30)}


def move(session: CaseSession, visit: VisitRow, moment: datetime) -> None:
    """Move a visit, and inform its provider."""
    line = session.lines.all()[visit.line_id]
    visit.planned_at = moment
    await_report(session, visit, line)
    outgoing.visit_scheduled(session, visit, line.service)


def await_report(session: CaseSession, visit: VisitRow, line: LineRow) -> None:
    """Start the clock of the visit's report, which counts from the planned end of the visit.

    A visit that is confirmed by the week has a clock that only leads to the next one.
    """
    if line.service in session.profile.by_exception:
        until_next = PERIODS.get(line.per, PERIODS["day"]) / max(line.quantity, 1)
        rings = visit.planned_at + min(PLANNED_AFTER, until_next * 3 / 4) * session.profile.scale
        session.clocks.appoint(f"{LimitName.VISIT_END}:{visit.visit_id}", rings, COORDINATOR, visit.visit_id)
        return
    service = session.profile.service(line.service)
    lasts = timedelta(minutes=service.unit_minutes if service else 0) * session.profile.scale
    owner = visit.provider if session.reaches(visit.provider) else ""
    session.start(LimitName.VISIT_REPORT, visit.visit_id, at=visit.planned_at + lasts, owner=owner)


async def change_rhythm(
    session: CaseSession, line: LineRow, change: Mapping[str, Any], later: Sequence[Mapping[str, Any]]
) -> VisitRow | None:
    """Let a line have another number of visits, or other weekdays, from a moment on. `later`: the changes after it.

    The scheduled visit moves if it falls after that moment. Returns it if it is cancelled: the line ends before.
    """
    start = begins_at(change)
    earlier = [old for old in line.changes if begins_at(old) < start or (begins_at(old) == start and old.get("rest"))]
    line.changes = [*earlier, dict(change), *map(dict, later)]
    visits = await session.visits.of_line(line.line_id)
    own = regular(visits)
    last = own[-1] if own else None
    if last is None or last.state != VisitState.SCHEDULED or slot_of(last) < start or own == [last]:
        return None  # nothing is scheduled, or the first visit, which people named
    following = next_date(line, [visit for visit in visits if visit is not last], session.at, session.profile)
    if following is None or following.planned_at is None:
        cancel(session, last, WithdrawalReason.PLAN_CHANGED)
        news = outgoing.News(Progress.VISITS_CANCELLED, line_id=line.line_id, visits=(last.visit_id,))
        outgoing.progressed(session, last.provider, news, last.offer_id)
        return last
    last.slot = following.slot
    if following.planned_at != last.planned_at:
        move(session, last, following.planned_at)
    return None


def a_change(
    start: datetime, quantity: int, weekdays: Sequence[str] | str = (), of: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A change of a line from a moment on, in the form in which it is stored. `of`: the change that it caps.

    Of more weekdays than visits the first ones count; if there are too few, they follow from the first visit.
    """
    words = [word for word in (weekdays.split(",") if isinstance(weekdays, str) else weekdays) if word]
    on = ",".join(words[:quantity]) if len(words) >= quantity else ""
    return {**(of or {}), "begins_at": start.isoformat(), "quantity": quantity, "weekdays": on}


async def take_effect(session: CaseSession, line: LineRow, referral: ReferralRow, moment: datetime) -> None:
    """Apply the changes of a line that have begun at a moment: the capacity that it needs no more is freed."""
    begun = [change for change in line.changes if begins_at(change) <= moment]
    if not begun:
        return
    line.changes = [change for change in line.changes if change not in begun]
    line.quantity, line.weekdays = int(begun[-1]["quantity"]), str(begun[-1]["weekdays"])
    reserved = load(line.kind, line.quantity, line.per)
    await session.capacities.free(referral.provider, referral.reserved - reserved)
    referral.quantity, referral.reserved = line.quantity, reserved
