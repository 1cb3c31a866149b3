"""Moments as people read them: in Korea's time."""

from datetime import datetime

from handoff.timezone import KST


def local(moment: datetime | None) -> str:
    """A moment in Korea's time, to the minute; "" for none."""
    return f"{moment.astimezone(KST):%Y-%m-%d %H:%M}" if moment else ""
