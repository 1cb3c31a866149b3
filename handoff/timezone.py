"""Korea's time: of everything here that has no offset of its own."""

from datetime import timedelta, timezone

# Korea has had no summer time since 1988, and a fixed offset needs no time zone files on the machine.
KST = timezone(timedelta(hours=9), "KST")
