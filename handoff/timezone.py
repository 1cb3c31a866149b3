"""Korean time: the time zone of every moment that is given without an offset."""

from datetime import timedelta, timezone

# Korea has had no summer time since 1988, and a fixed offset needs no time zone files on the machine.
KST = timezone(timedelta(hours=9), "KST")
