"""The clocks of a case: which clock is next, and what happens when it warns or runs out."""

from collections.abc import Iterable
from datetime import datetime

from handoff.case.dispatch import EXPIRIES
from handoff.case.messages import Due, Milestone
from handoff.case.state import CaseState
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.words import MilestoneName


def next_ring(case: CaseState) -> datetime | None:
    """When the next clock warns or runs out. None: no clock runs, or the case has ended."""
    if case.end:
        return None
    moments = [due.due_at for due in case.dues.values() if due.due_at]
    moments += [due.warn_at for due in case.dues.values() if due.warn_at and due.name not in case.warned]
    return min(moments, default=None)


def ring(case: CaseState, now: datetime, until: datetime | None = None, *, in_order: bool = True) -> list[Milestone]:
    """The milestones of the clocks that warn or run out until a moment, by default now. Each comes once.

    They come in the order of their moments, so that those of an earlier moment are the beginning of those of a later
    one. `in_order` False: as in earlier builds, a clock that has run out does not warn before.
    A case that ended in the same moment awaits nothing any more.
    """
    if case.end:
        return []
    until = until or now
    entries: list[Milestone] = []
    for _, name, runs_out in sorted(_rings(case, until, in_order=in_order)):
        if runs_out:
            entries += _run_out(case, case.dues.pop(name), now)
        else:
            case.warned.append(name)
            entries.append(_entry(MilestoneName.LATE, case.dues[name], now, name))
    return entries


def _rings(case: CaseState, until: datetime, *, in_order: bool) -> Iterable[tuple[datetime, str, bool]]:
    """When each clock rings: the moment, its name, and whether it runs out; else it warns."""
    for name, due in case.dues.items():
        runs_out = due.due_at is not None and due.due_at <= until
        warns = due.warn_at is not None and due.warn_at <= until and name not in case.warned
        if due.warn_at and warns and (in_order or not runs_out):
            yield due.warn_at if in_order else (due.due_at or until), name, False
        if due.due_at and runs_out:
            yield due.due_at, name, True


def _run_out(case: CaseState, due: Due, now: datetime) -> list[Milestone]:
    limit, _, subject = due.name.partition(":")
    named = LimitName.known(limit)
    turn = EXPIRIES.get(named) if named else None
    if turn is None:
        case.overdue.append(due.name)
        return [_entry(MilestoneName.OVERDUE, due, now, due.name)]
    what = turn(case, subject, _cause(due))
    return [_entry(what, due, now, subject)] if what else []


def _entry(what: MilestoneName, due: Due, now: datetime, subject: str) -> Milestone:
    return Milestone(f"{what}:{_cause(due)}", what, now, why=due.name, subject=subject)


def ring_key(what: MilestoneName, clock: str, due_at: datetime) -> str:
    """The key of the milestone with which a clock warns or runs out that is due at this moment."""
    return f"{what}:{_cause(Due(clock, due_at))}"


def _cause(due: Due) -> str:
    """The unique key of this expiry. A clock that is started again has another key."""
    return f"{due.name}@{due.due_at:%Y%m%dT%H%M%S.%f}"
