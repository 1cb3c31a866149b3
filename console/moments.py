"""Moments on every screen and in every file: in Korea's time."""

from datetime import datetime

from handoff.timezone import KST, to_the_minute


def local(moment: datetime | None) -> str:
    """A moment as people read it, to the minute; "" for none."""
    return to_the_minute(moment) if moment else ""


def stamp(moment: datetime) -> str:
    """A moment in JSON: ISO 8601 with Korea's offset."""
    return moment.astimezone(KST).isoformat()
