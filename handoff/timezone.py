"""Korean time: the time zone of every moment that is given without an offset, and in which people read moments."""

from datetime import datetime, timedelta, timezone

# Korea has had no summer time since 1988, and a fixed offset needs no time zone files on the machine.
KST = timezone(timedelta(hours=9), "KST")


def to_the_minute(moment: datetime) -> str:
    """A moment as people read it: Korea's date and time, "2026-12-01 10:30"."""
    return f"{moment.astimezone(KST):%Y-%m-%d %H:%M}"
