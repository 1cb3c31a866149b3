"""Whether a visit can take place at the moment that people name for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from handoff.rules.occurrence import Impossible
from handoff.timezone import KST, to_the_minute

TOLERANCE = timedelta(minutes=15)  # "now" may be so long ago when it is written
AT_LEAST = timedelta(seconds=10)  # typing does not get faster in a demonstration
PAST = "past"
BEFORE_DISCHARGE = "before-discharge"
BEFORE_START = "before-start"  # the plan names a later first day
AFTER_END = "after-end"  # the line ends before
AFTER_NEXT = "after-next"  # the next visit of the line is due, or its last day is over


@dataclass(frozen=True)
class Bounds:
    """Between which moments the visits of a line take place.

    Attributes:
        now: the current moment, aware.
        discharged_at: the discharge; None: the person is not at home yet.
        expected_at: the day of the discharge that is expected.
        starts_on: the first day that the plan names, ISO 8601; "": none.
        ends_at: no visit takes place at or after it.
        next_at: when the next visit of the line is due, or the line is over; None: that bounds nothing.
        scale: real seconds per second of a limit: 1 in production.
    """

    now: datetime
    discharged_at: datetime | None = None
    expected_at: datetime | None = None
    starts_on: str = ""
    ends_at: datetime | None = None
    next_at: datetime | None = None
    scale: float = 1


def impossible_visit(moment: datetime, bounds: Bounds) -> Impossible | None:
    """Why a visit cannot take place at a moment: a code, and a sentence that names the moments; None: it can."""
    return next(_reasons(moment, bounds), None)


def _reasons(moment: datetime, bounds: Bounds) -> Iterator[Impossible]:
    home, expected, then = bounds.discharged_at, bounds.expected_at, to_the_minute(moment)
    if moment < bounds.now - max(TOLERANCE * bounds.scale, AT_LEAST):
        yield Impossible(PAST, f"{then} has passed")
    if home and moment < home:
        yield Impossible(BEFORE_DISCHARGE, f"the discharge was on {to_the_minute(home)}, after {then}")
    if home is None and expected and _day(moment) < _day(expected):
        yield Impossible(BEFORE_DISCHARGE, f"the discharge is expected on {_day(expected)}, after {then}")
    if bounds.ends_at and moment >= bounds.ends_at:
        yield Impossible(AFTER_END, f"the line ends on {to_the_minute(bounds.ends_at)}, not after {then}")
    if bounds.next_at and moment >= bounds.next_at:
        due = f"the next visit is due, or the line is over, on {to_the_minute(bounds.next_at)}"
        yield Impossible(AFTER_NEXT, f"{due}, not after {then}")
    if bounds.starts_on and _day(moment) < bounds.starts_on:
        yield Impossible(BEFORE_START, f"the plan starts the line on {bounds.starts_on}, after {then}")


def _day(moment: datetime) -> str:
    return moment.astimezone(KST).date().isoformat()
