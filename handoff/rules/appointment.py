"""Whether a visit can take place at the moment that people name for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from handoff.rules.occurrence import Impossible
from handoff.timezone import KST

TOLERANCE = timedelta(minutes=15)  # "now" may be so long ago when it is written
AT_LEAST = timedelta(seconds=10)  # typing does not get faster in a demonstration
PAST = "past"
BEFORE_DISCHARGE = "before-discharge"
BEFORE_START = "before-start"  # the plan names a later first day
AFTER_END = "after-end"  # the line ends before


@dataclass(frozen=True)
class Bounds:
    """Between which moments the visits of a line take place.

    Attributes:
        now: the current moment, aware.
        discharged_at: the discharge; None: the person is not at home yet.
        expected_at: the day of the discharge that is expected.
        starts_on: the first day that the plan names, ISO 8601; "": none.
        ends_at: no visit takes place at or after it.
        scale: real seconds per second of a limit: 1 in production.
    """

    now: datetime
    discharged_at: datetime | None = None
    expected_at: datetime | None = None
    starts_on: str = ""
    ends_at: datetime | None = None
    scale: float = 1


def impossible_visit(moment: datetime, bounds: Bounds) -> Impossible | None:
    """Why a visit cannot take place at a moment: a code, and a sentence that names the moments; None: it can."""
    if moment < bounds.now - max(TOLERANCE * bounds.scale, AT_LEAST):
        return Impossible(PAST, f"{_local(moment)} has passed")
    home = bounds.discharged_at
    if home and moment < home:
        return Impossible(BEFORE_DISCHARGE, f"the discharge was on {_local(home)}, after {_local(moment)}")
    expected = bounds.expected_at
    if home is None and expected and _day(moment) < _day(expected):
        return Impossible(BEFORE_DISCHARGE, f"the discharge is expected on {_day(expected)}, after {_local(moment)}")
    if bounds.ends_at and moment >= bounds.ends_at:
        return Impossible(AFTER_END, f"the line ends on {_local(bounds.ends_at)}, not after {_local(moment)}")
    if bounds.starts_on and _day(moment) < bounds.starts_on:
        return Impossible(BEFORE_START, f"the plan starts the line on {bounds.starts_on}, after {_local(moment)}")
    return None


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(KST):%Y-%m-%d %H:%M}"


def _day(moment: datetime) -> str:
    return moment.astimezone(KST).date().isoformat()
