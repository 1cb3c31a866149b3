"""What a habit of an institution's HL7 v2 messages may be set to: trigger events, codes, time zones, character sets."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

from handoff.timezone import KST

STAYS = frozenset({"A01", "A03", "A06", "A11", "A13"})  # admission and discharge, and their cancels: never passed over
_WITHOUT_FILES = {"UTC": UTC, "Asia/Seoul": KST}  # a machine may have no time zone files
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")
_FURTHEST = timedelta(hours=14)  # the largest offset from UTC on Earth
_SAMPLE = "MSH|^~\\&|"


def timezone_of(zone: str) -> tzinfo:
    """The time zone of an IANA name or an offset.

    Raises:
        ValueError: it is neither; the text says what to write.
    """
    offset = _OFFSET.fullmatch(zone)
    if offset:
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        if ahead <= _FURTHEST and int(offset[3]) < 60:  # noqa: PLR2004
            return timezone(-ahead if offset[1] == "-" else ahead)
    elif zone in _WITHOUT_FILES:
        return _WITHOUT_FILES[zone]
    else:
        try:
            return ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise ValueError('not a time zone: write an IANA name or an offset, such as "Asia/Tokyo", "UTC" or "+09:00"')


def _zone(written: str) -> str:
    if written:
        timezone_of(written).utcoffset(datetime(2026, 1, 1))  # noqa: DTZ001 - only to read the zone's file
    return written


def _charset(written: str) -> str:
    """A name that Python decodes text by. Codecs that decode no text, such as rot13, are refused."""
    try:
        decodes = not written or _SAMPLE.encode(written).decode(written) == _SAMPLE
    except (LookupError, ValueError):
        decodes = False
    if not decodes:
        raise ValueError(
            'not a character set that Python decodes: write its name, such as "utf-8", "cp949" or "iso2022_kr"'
        )
    return written


def _trigger(written: str) -> str:
    event = written.strip().upper()
    if not re.fullmatch(r"[A-Z][0-9]{2}", event):
        raise ValueError('not a trigger event: write its code, such as "A08"')
    if event in STAYS:
        raise ValueError(f"{event} says that a person came or left, and is always read: take it out of the list")
    return event


def _code(written: str) -> str:
    if not written.strip():
        raise ValueError("a code must not be empty: write the code that stands in the messages")
    return written.strip()


def _capital(written: str) -> str:
    return _code(written).upper()


Zone = Annotated[str, AfterValidator(_zone)]
Charset = Annotated[str, AfterValidator(_charset)]
TriggerEvent = Annotated[str, AfterValidator(_trigger)]
OwnCode = Annotated[str, AfterValidator(_code)]
CapitalCode = Annotated[str, AfterValidator(_capital)]
