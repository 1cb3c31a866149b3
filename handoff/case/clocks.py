"""The clocks of a case: which clock is next, and what happens when it warns or runs out."""

from datetime import datetime

from handoff.case.dispatch import EXPIRIES
from handoff.case.messages import Due, Milestone
from handoff.case.state import CaseState
from handoff.vocabulary.words import LimitName, MilestoneName


def next_ring(case: CaseState) -> datetime | None:
    """When the next clock warns or runs out. None: no clock runs, or the case has ended."""
    if case.end:
        return None
    moments = [due.due_at for due in case.dues.values() if due.due_at]
    moments += [due.warn_at for due in case.dues.values() if due.warn_at and due.name not in case.warned]
    return min(moments, default=None)


def ring(case: CaseState, now: datetime) -> list[Milestone]:
    """The milestones that are due by now: of clocks that warn, and of clocks that run out. Each comes once.

    A case that ended in the same moment awaits nothing any more.
    """
    if case.end:
        return []
    entries: list[Milestone] = []
    for due in sorted(case.dues.values(), key=lambda due: (due.due_at or now, due.name)):
        if due.due_at and due.due_at <= now:
            del case.dues[due.name]
            entries += _run_out(case, due, now)
        elif due.warn_at and due.warn_at <= now and due.name not in case.warned:
            case.warned.append(due.name)
            entries.append(_entry(MilestoneName.LATE, due, now, due.name))
    return entries


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


def _cause(due: Due) -> str:
    """The unique key of this expiry. A clock that is started again has another key."""
    return f"{due.name}@{due.due_at:%Y%m%dT%H%M%S.%f}"
