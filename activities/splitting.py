"""Splits a line: its provider keeps a part, and the rest becomes a line of its own, which is offered to others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from activities.case_session import CaseSession
from activities.rhythm_changes import a_change, change_rhythm
from handoff.rules.calendar import DAY
from handoff.rules.matching import load
from handoff.rules.rhythm import WEEKDAYS
from handoff.rules.series import OPEN, begins_at, replaceable, rhythm_at, series_of, starts_at
from handoff.store.record.plans import LineRow
from handoff.store.record.referrals import ReferralRow
from handoff.store.record.visits import VisitRow
from handoff.timezone import KST
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.outcomes import WithdrawalReason
from handoff.vocabulary.states import EndedBy
from handoff.worklist.task_kinds import COORDINATOR


@dataclass(frozen=True)
class Split:
    """What a split led to: the rest, as new lines that are `planned`, and the visit that it cancelled."""

    rest: list[LineRow] = field(default_factory=list)
    cancelled: VisitRow | None = None


async def split_from(session: CaseSession, line: LineRow, part: int, start: datetime) -> Split:
    """Leave the provider its part from a moment on. The rest, if there is one, is a new line that starts then.

    Until then the provider makes all visits, and keeps the capacity for them. Reductions that were to come after that
    moment are replaced.
    """
    days = await _days_left(session, line, start)
    if not _replace_reductions(session, line, start, part) or days is None:
        return Split()
    quantity, before = rhythm_at(line, start)
    named = tuple(word for word in session.body().get("weekdays") or before if word)
    change = a_change(start, part, sorted(named, key=WEEKDAYS.index))
    kept = str(change["weekdays"]).split(",")
    later = [old for old in line.changes if begins_at(old) > start]
    rest = _rest(session, line, quantity - part, days)
    cancelled = await change_rhythm(session, line, {**change, "rest": rest.line_id}, _capped(later, part))
    rest.starts_on = start.astimezone(KST).date().isoformat()
    others = [word for word in before if word not in kept]
    rest.weekdays = ",".join(others) if len(others) == rest.quantity else ""
    _complement(session, rest, later, part)
    return Split([rest], cancelled)


def _replace_reductions(session: CaseSession, line: LineRow, start: datetime, part: int) -> bool:
    """Take back the reductions from a moment on whose rest no provider has accepted. The rest is not needed any more.

    Returns whether a provider that has now only its part leaves a rest.
    """
    later = [change for change in line.changes if begins_at(change) > start]
    if part == rhythm_at(line, start)[0] and all(change["quantity"] == part for change in later):
        return False  # it has been reduced so already
    lines, kept = session.lines.all(), list[dict[str, Any]]()
    replaced = replaceable(line, start, {name: row.state for name, row in lines.items()})
    back = list[LineRow]()
    for change in line.changes:
        begins = begins_at(change)
        if change in replaced:
            back.append(lines[change["rest"]])
            continue
        more = sum(rhythm_at(rest, begins)[0] for rest in back if rest.ends_at is None or rest.ends_at > begins)
        kept.append(a_change(begins, change["quantity"] + more, change["weekdays"], change))
    for rest in back:
        _end_rest(session, rest, session.at)
    line.changes = _worth(kept)
    return part < rhythm_at(line, start)[0]


def _end_rest(session: CaseSession, rest: LineRow, moment: datetime) -> None:
    """Let the rest of a line end, since its visits are made otherwise from a moment on."""
    rest.ends_at, rest.ending, rest.ended_by = moment, WithdrawalReason.PLAN_CHANGED, EndedBy.PLAN_CHANGED
    session.clocks.appoint(f"{LimitName.LINE_END}:{rest.line_id}", moment, COORDINATOR, rest.line_id)


def end_open_rests(session: CaseSession, line: LineRow, ends_at: datetime) -> None:
    """Let the rests of a line that no provider has accepted end with it: at once if they were to start later."""
    for rest in session.lines.all().values():
        if rest.part_of != line.line_id or rest.state not in OPEN or (rest.ends_at and rest.ends_at <= ends_at):
            continue
        start = starts_at(rest, session.profile)
        _end_rest(session, rest, session.at if start and start >= ends_at else ends_at)
        rest.ending, rest.ended_by, rest.ended_who = line.ending or line.reason, line.ended_by, line.ended_who


def _capped(later: Sequence[Mapping[str, Any]], part: int) -> list[dict[str, Any]]:
    """The changes after a reduction: the provider never makes more than its part."""
    return _worth(
        a_change(begins_at(change), min(change["quantity"], part), change["weekdays"], change) for change in later
    )


def _worth(changes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Only the changes that still change something."""
    return [change for change in changes if change.get("rest") or change["weekdays"]]


def _complement(session: CaseSession, rest: LineRow, later: Sequence[Mapping[str, Any]], part: int) -> None:
    """Let the rest of a line be less when the line itself is. It ends when the provider's part is all."""
    for change in later:
        left = int(change["quantity"]) - min(change["quantity"], part)
        if not left:
            _end_rest(session, rest, begins_at(change))
            return
        if left != (rest.changes[-1]["quantity"] if rest.changes else rest.quantity):
            rest.changes = [*rest.changes, a_change(begins_at(change), left)]


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
    if not _replace_reductions(session, line, session.at, part) or days is None:
        return Split()
    quantity, weekdays = rhythm_at(line, session.at)
    kept = load(line.kind, part, line.per)
    await session.capacities.free(referral.provider, referral.reserved - kept)
    referral.quantity = part
    referral.reserved = kept
    later = [change for change in line.changes if begins_at(change) > session.at]
    line.quantity, line.weekdays, line.changes = part, ",".join(weekdays[:part]), _capped(later, part)
    rest = _rest(session, line, quantity - part, days)
    rest.weekdays = ",".join(weekdays[part:])
    _complement(session, rest, later, part)
    return Split([rest])
