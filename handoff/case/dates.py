"""Which discharge date counts: whose word it is, and whether the moment still lies ahead."""

from datetime import datetime, timedelta

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState

FACILITIES = ("hospital", "long-term-care", "residential-care")  # they discharge: their word on dates counts


CLOCKS_DIFFER = timedelta(hours=1)


def expected(event: CaseEvent) -> bool:
    """A date that lies ahead of who tells it is expected, whatever it is called: services wait for the actual one."""
    return event.code == "expected" or (event.until is not None and lies_ahead(event.until, event.at))


def lies_ahead(moment: datetime, told_at: datetime) -> bool:
    """Whether a moment was still to come when it was told; clocks of feeds differ by some minutes."""
    return moment > told_at + CLOCKS_DIFFER


def set_date(case: CaseState, event: CaseEvent) -> None:
    """Set the expected or the actual discharge."""
    if expected(event):
        case.expected_at, case.discharged_at = event.until, None
    elif event.until is not None:
        case.discharged_at = event.until


def word_counts(case: CaseState, event: CaseEvent) -> bool:
    """The discharging facility's word counts, and that of a person at the desk who settles a difference."""
    return event.number == 0 or event.who == (case.facility or case.opener)
