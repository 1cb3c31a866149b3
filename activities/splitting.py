"""Splits a line: its provider keeps a part, and the rest becomes a line of its own, which is offered to others."""

from datetime import datetime

from activities.case_session import CaseSession
from activities.rhythm_changes import change_rhythm, quantity_at
from handoff.rules.matching import load
from handoff.rules.rhythm import WEEKDAYS
from handoff.store.record.plans import LineRow
from handoff.store.record.referrals import ReferralRow
from handoff.timezone import KST


async def split_from(session: CaseSession, line: LineRow, part: int, begins_at: datetime) -> list[LineRow]:
    """Leave the provider its part from a moment on. Returns the rest, a new line that starts then, if there is one.

    Until then the provider makes all visits, and keeps the capacity for them.
    """
    quantity = quantity_at(line, begins_at)
    if part >= quantity:
        return []
    named = tuple(word for word in session.body().get("weekdays") or line.weekdays.split(",") if word)
    weekdays = tuple(sorted(named, key=WEEKDAYS.index))[:part] if len(named) >= part else ()
    await change_rhythm(session, line, begins_at, (part, weekdays))
    others = [word for word in line.weekdays.split(",") if word and word not in weekdays]
    rest = _rest(session, line, quantity - part)
    rest.starts_on = begins_at.astimezone(KST).date().isoformat()
    rest.weekdays = ",".join(others) if len(others) == rest.quantity else ""
    return [rest]


def _rest(session: CaseSession, line: LineRow, quantity: int) -> LineRow:
    """Add the rest of a line as a line of its own, which is `planned`."""
    root = line.part_of or line.line_id
    number = sum(other.part_of == root for other in session.lines.all().values()) + 1
    return session.lines.add(
        LineRow(
            line_id=f"{root}r{number}",
            case_id=line.case_id,
            version=line.version,
            service=line.service,
            kind=line.kind,
            quantity=quantity,
            per=line.per,
            days=line.days,
            urgent=line.urgent,
            part_of=root,
            asked_anew_at=line.asked_anew_at,
            seq=number,
            safety=line.safety,
            starts_on=line.starts_on,
        )
    )


async def split(session: CaseSession, referral: ReferralRow, part: int) -> list[LineRow]:
    """Leave the provider its part and the capacity for it. Returns the rest as a new line, which is `planned`."""
    line = session.lines.all()[referral.line_id]
    kept = load(line.kind, part, line.per)
    await session.capacities.free(referral.provider, referral.reserved - kept)
    referral.quantity = part
    referral.reserved = kept
    rest = _rest(session, line, line.quantity - part)
    weekdays = [word for word in line.weekdays.split(",") if word]
    line.quantity, line.weekdays, rest.weekdays = part, ",".join(weekdays[:part]), ",".join(weekdays[part:])
    return [rest]
