"""Whether a discharge date is still in the future, and which institutions discharge people."""

from datetime import datetime, timedelta

from handoff.case.messages import CaseEvent

FACILITIES = ("hospital", "long-term-care", "residential-care")  # roles that discharge, so that their dates count


CLOCKS_DIFFER = timedelta(hours=1)  # how far the clocks of two institutions may differ


def expected(event: CaseEvent) -> bool:
    """Whether an event names an expected discharge, and not the actual one.

    A date in the future is an expected one even if the event calls it actual, since services wait for the actual one.
    """
    return event.code == "expected" or (event.until is not None and lies_ahead(event.until, event.written or event.at))


def lies_ahead(moment: datetime, reported_at: datetime) -> bool:
    """Whether a moment was still in the future when it was reported. The clocks of senders may differ from ours."""
    return moment > reported_at + CLOCKS_DIFFER
