"""Which discharge date counts: whether its sender decides about it, and whether the date is still in the future."""

from datetime import datetime, timedelta

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState

FACILITIES = ("hospital", "long-term-care", "residential-care")  # roles that discharge, so that their dates count


CLOCKS_DIFFER = timedelta(hours=1)  # how far the clocks of two institutions may differ


def expected(event: CaseEvent) -> bool:
    """Whether an event names an expected discharge, and not the actual one.

    A date in the future is an expected one even if the event calls it actual, since services wait for the actual one.
    """
    return event.code == "expected" or (event.until is not None and lies_ahead(event.until, event.at))


def lies_ahead(moment: datetime, reported_at: datetime) -> bool:
    """Whether a moment was still in the future when it was reported. The clocks of senders may differ from ours."""
    return moment > reported_at + CLOCKS_DIFFER


def set_date(case: CaseState, event: CaseEvent) -> None:
    """Set the expected or the actual discharge date of the case."""
    if expected(event):
        case.expected_at, case.discharged_at = event.until, None
    elif event.until is not None:
        case.discharged_at = event.until


def word_counts(case: CaseState, event: CaseEvent) -> bool:
    """Whether the sender decides about the discharge date: the discharging facility does, and a person's action."""
    return event.number == 0 or event.who == (case.facility or case.opener)
