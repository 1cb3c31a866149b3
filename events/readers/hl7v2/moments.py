"""Reads the moments of an HL7 v2 message (data types TS and DTM)."""

import re
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from events.contract.incoming import EARLIEST, LATEST, MISSING, is_zero
from events.readers.hl7v2.message import Message
from handoff.text import digits, is_filler
from handoff.timezone import KST

FURTHEST = timedelta(hours=14)  # the largest offset from UTC on Earth
_DAY_DIGITS, _TO_THE_MINUTE_OR_SECOND = 8, (4, 6)
_OFFSET = re.compile(r"(?<=\d)([-+]\d\d:?\d\d|Z)$")
# Some feeds write the day with separators: 2026-11-24, 2026/11/24, 2026. 11. 24.
_SEPARATED = re.compile(r"(\d{4})([-/.]) ?(\d{1,2})\2 ?(\d{1,2})\.?(?:[T ]+(.*))?")


@lru_cache(maxsize=1024)  # a message writes the same moment in several fields
def moment(text: str, zone: tzinfo = KST) -> datetime | None:
    """The moment of an HL7 time, in its own offset, else in `zone`. A day alone is its midnight.

    None: it is not a moment of a person's life (a month alone, the 31st of February, the year 1200).
    """
    day, rest = text[:_DAY_DIGITS], text[_DAY_DIGITS:]
    if rest < "24" and len(rest) in _TO_THE_MINUTE_OR_SECOND and rest[4:] != "60" and text.isdecimal():
        return _possible(f"{day}T{rest}", zone)  # as nearly all are written
    if not day.isdecimal() or len(day) < _DAY_DIGITS:
        separated = _SEPARATED.fullmatch(text)
        if separated is None:
            return None
        year, _, month, number, rest = separated.groups("")
        day = f"{year}{month:0>2}{number:0>2}"
    if not rest:
        return _possible(day, zone)
    time, later = rest.lstrip("T ").replace(":", "").replace(" ", ""), timedelta()
    if time.startswith("24"):  # some write the end of a day as 2400
        time, later = f"00{time[2:]}", timedelta(days=1)
    if time[4:6] == "60":  # a leap second, or a clock that counts to 60
        time, later = f"{time[:4]}59{time[6:]}", later + timedelta(seconds=1)
    read = _possible(f"{day}T{time}" if time[:1].isdecimal() else f"{day}T00{time}", zone)
    return read and read + later


def text_of(message: Message, segment: str, number: int) -> str:
    """The text of a moment; "" if it is empty, zeros, a null of databases (`is_zero`), or a word for nothing."""
    at = segment, number
    text = message.moments.get(at)
    if text is None:
        text = message.first(segment, number)
        if text and (text[0] not in "12" or text.startswith(MISSING)) and (is_zero(text) or is_filler(text)):
            text = ""
        message.moments[at] = text
    return text


def is_over(message: Message, text: str) -> bool:
    """Whether a moment lies before the day of the message (MSH-7)."""
    day = digits(text)[:_DAY_DIGITS]
    return len(day) == _DAY_DIGITS and not is_zero(text) and day < digits(message.first("MSH", 7))[:_DAY_DIGITS]


def zone_of(message: Message, usual: tzinfo = KST) -> tzinfo:
    """The zone of moments without an offset: that of MSH-7 (HL7 v2 2.16.9.7), else `usual`."""
    text = message.first("MSH", 7)
    offset = None if text.isdecimal() else _OFFSET.search(text)
    return (_zone_at(offset[0]) if offset else None) or usual


@lru_cache(maxsize=64)
def _zone_at(offset: str) -> tzinfo | None:
    read = moment(f"2000010100{offset}")
    return read.tzinfo if read else None


def _possible(text: str, zone: tzinfo) -> datetime | None:
    """The ISO 8601 moment; None outside a person's life, or with an offset that no place has."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not EARLIEST.year < read.year < LATEST.year:
        return None
    if read.tzinfo is None:
        return read.replace(tzinfo=zone)
    return read if abs(read.utcoffset() or timedelta()) <= FURTHEST else None
