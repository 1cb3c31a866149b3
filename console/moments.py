"""Moments on every screen and in every file: in Korea's time."""

from datetime import datetime, time

from handoff.rules.calendar import DAY
from handoff.timezone import KST, to_the_minute


def local(moment: datetime | None) -> str:
    """A moment as people read it, to the minute; "" for none."""
    return to_the_minute(moment) if moment else ""


def last_moment(end: datetime) -> str:
    """The end of a span as people read it: its last day, if it lasts until midnight, else the moment."""
    ends = end.astimezone(KST)
    return f"the end of {(ends - DAY).date()}" if ends.time() == time(0) else local(end)


def stamp(moment: datetime) -> str:
    """A moment in JSON: ISO 8601 with Korea's offset."""
    return moment.astimezone(KST).isoformat()
