"""What a clock that rings does to the case. Its name is its limit and what it is about: `answer:C7F3K9Q2M.2.O1`."""

from collections.abc import Callable, Mapping
from datetime import datetime

from handoff.case import Case
from handoff.milestones import Due, Entry


def next_ring(case: Case) -> datetime | None:
    """When the next clock warns or runs out; None while none runs, or once the case has ended."""
    if case.end:
        return None
    moments = [due.due_at for due in case.dues.values() if due.due_at]
    moments += [due.warn_at for due in case.dues.values() if due.warn_at and due.name not in case.warned]
    return min(moments, default=None)


def ring(case: Case, now: datetime) -> list[Entry]:
    """Everything that is due by now: warnings, and clocks that run out. Each rings once."""
    entries: list[Entry] = []
    for due in sorted(case.dues.values(), key=lambda due: (due.due_at or now, due.name)):
        if due.due_at and due.due_at <= now:
            del case.dues[due.name]
            entries += _run_out(case, due, now)
        elif due.warn_at and due.warn_at <= now and due.name not in case.warned:
            case.warned.append(due.name)
            entries.append(_entry("late", due, now, due.name))
    return entries


def _run_out(case: Case, due: Due, now: datetime) -> list[Entry]:
    limit, _, subject = due.name.partition(":")
    turn = TURNS.get(limit)
    if turn is None:
        case.overdue.append(due.name)
        return [_entry("overdue", due, now, due.name)]
    what = turn(case, subject, _cause(due))
    return [_entry(what, due, now, subject)] if what else []


def _entry(what: str, due: Due, now: datetime, subject: str) -> Entry:
    return Entry(f"{what}:{_cause(due)}", what, now, why=due.name, subject=subject)


def _cause(due: Due) -> str:
    """The name of this running-out: a clock that was started anew runs out anew."""
    return f"{due.name}@{due.due_at:%Y%m%dT%H%M%S.%f}"


def _silent(case: Case, offer: str, cause: str) -> str:
    line = case.line_of(offer)
    if line is None or line.offer != offer or line.state != "offered":
        return ""
    line.needs_offer(cause)
    return "offer_silent"


def _unreported(case: Case, visit: str, cause: str) -> str:
    line = case.line_of(visit)
    if line is None or line.visit != visit:
        return ""
    line.visit, line.visit_cause = "", cause
    return "visit_unreported"


def _hold_expired(case: Case, _subject: str, cause: str) -> str:
    for line in case.lines.values():
        if line.state == "accepted":
            line.needs_offer(cause)
    return "hold_expired"


def _waited(case: Case, name: str, cause: str) -> str:
    line = case.lines[name]
    if line.state == "waiting":
        line.needs_offer(cause)
    return ""


def _check_due(_case: Case, _check: str, _cause: str) -> str:
    return "check_due"


TURNS: Mapping[str, Callable[[Case, str, str], str]] = {
    "answer": _silent,
    "urgent-answer": _silent,
    "visit-report": _unreported,
    "readmission-hold": _hold_expired,
    "wait": _waited,
    "check": _check_due,
}
