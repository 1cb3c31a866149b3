"""Reads the moments of an HL7 v2 message (data types TS and DTM)."""

from datetime import datetime, timedelta

from events.contract.incoming import EARLIEST, LATEST
from handoff.timezone import KST

FURTHEST = timedelta(hours=14)  # the largest offset from UTC on Earth


def moment(text: str) -> datetime | None:
    """The moment of an HL7 time, in its own offset, else in Asia/Seoul. A day alone is its midnight.

    None: it is not a moment of a person's life (a month alone, the 31st of February, the year 1200).
    """
    day, rest = text[:8], text[8:]
    if not day.isdecimal() or len(day) < 8:  # noqa: PLR2004
        return _possible(text)  # some feeds write ISO 8601 with hyphens
    if rest.startswith("24"):  # some write the end of a day as 2400
        begun = _possible(f"{day}T00{rest[2:]}")
        return begun and begun + timedelta(days=1)
    return _possible(f"{day}T{rest.replace(' ', '')}" if rest else day)


def _possible(text: str) -> datetime | None:
    """The ISO 8601 moment; None outside a person's life, or with an offset that no place has."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not EARLIEST.year < read.year < LATEST.year:
        return None
    if read.tzinfo is None:
        return read.replace(tzinfo=KST)
    return read if abs(read.utcoffset() or timedelta()) <= FURTHEST else None
