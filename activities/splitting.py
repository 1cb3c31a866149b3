"""Splits a line: its provider keeps a part, and the rest becomes a line of its own, which is offered to others."""

from dataclasses import dataclass, field
from datetime import datetime

from activities.case_session import CaseSession
from activities.rhythm_changes import change_rhythm
from handoff.rules.calendar import DAY
from handoff.rules.matching import load
from handoff.rules.rhythm import WEEKDAYS
from handoff.rules.series import rhythm_at, series_of
from handoff.store.record.plans import LineRow
from handoff.store.record.referrals import ReferralRow
from handoff.store.record.visits import VisitRow
from handoff.timezone import KST
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.states import EndedBy
from handoff.worklist.task_kinds import COORDINATOR


@dataclass(frozen=True)
class Split:
    """What a split led to: the rest, as new lines that are `planned`, and the visit that it cancelled."""

    rest: list[LineRow] = field(default_factory=list)
    cancelled: VisitRow | None = None


async def split_from(session: CaseSession, line: LineRow, part: int, begins_at: datetime) -> Split:
    """Leave the provider its part from a moment on. The rest, if there is one, is a new line that starts then.

    Until then the provider makes all visits, and keeps the capacity for them.
    """
    quantity, before = rhythm_at(line, begins_at)
    days = await _days_left(session, line, begins_at)
    if part >= quantity or days is None:
        return Split()
    named = tuple(word for word in session.body().get("weekdays") or before if word)
    weekdays = tuple(sorted(named, key=WEEKDAYS.index))[:part] if len(named) >= part else ()
    cancelled = await change_rhythm(session, line, begins_at, (part, weekdays))
    others = [word for word in before if word not in weekdays]
    rest = _rest(session, line, quantity - part, days)
    rest.starts_on = begins_at.astimezone(KST).date().isoformat()
    rest.weekdays = ",".join(others) if len(others) == rest.quantity else ""
    return Split([rest], cancelled)


async def _days_left(session: CaseSession, line: LineRow, moment: datetime) -> int | None:
    """The days that a line has left from a moment on, rounded up; None: it is over by then.

    A line without a visit has all its days, and one without a length has none.
    """
    if line.ends_at and line.ends_at <= moment:
        return None
    series = series_of(line, await session.visits.of_line(line.line_id), session.profile, whole=True)
    if series is None or not line.days:
        return line.days
    left = -((moment - series.ends_at) // (DAY * session.profile.scale))
    return left if left > 0 else None


def _rest(session: CaseSession, line: LineRow, quantity: int, days: int) -> LineRow:
    """Add the rest of a line as a line of its own, which is `planned`."""
    root = line.part_of or line.line_id
    number = sum(other.part_of == root for other in session.lines.all().values()) + 1
    rest = session.lines.add(
        LineRow(
            line_id=f"{root}r{number}",
            case_id=line.case_id,
            version=line.version,
            service=line.service,
            kind=line.kind,
            quantity=quantity,
            per=line.per,
            days=days,
            urgent=line.urgent,
            part_of=root,
            asked_anew_at=line.asked_anew_at,
            seq=number,
            safety=line.safety,
            starts_on=line.starts_on,
        )
    )
    if line.ends_at and line.ended_by != EndedBy.PROVIDER:  # that end was only of its own part
        rest.ends_at, rest.ending, rest.ended_by, rest.ended_who = (
            line.ends_at,
            line.ending,
            line.ended_by,
            line.ended_who,
        )
        session.clocks.appoint(f"{LimitName.LINE_END}:{rest.line_id}", line.ends_at, COORDINATOR, rest.line_id)
    return rest


async def split(session: CaseSession, referral: ReferralRow, part: int) -> Split:
    """Leave the provider its part and the capacity for it. The rest, if there is one, is a new line."""
    line = session.lines.all()[referral.line_id]
    days = await _days_left(session, line, session.at)
    if part >= referral.quantity or days is None:
        return Split()
    kept = load(line.kind, part, line.per)
    await session.capacities.free(referral.provider, referral.reserved - kept)
    referral.quantity = part
    referral.reserved = kept
    rest = _rest(session, line, line.quantity - part, days)
    weekdays = [word for word in line.weekdays.split(",") if word]
    line.quantity, line.weekdays, rest.weekdays = part, ",".join(weekdays[:part]), ",".join(weekdays[part:])
    return Split([rest])
