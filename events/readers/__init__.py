"""Reads the bytes of one record as one fact. Headers and first bytes tell CloudEvents from HL7 v2."""

from events.readers.inbound import INCOMING, MOVES_NOTHING, Cut, InboundRecord, Unread
from events.readers.normal import content, from_json, to_json, written_moment
from events.readers.places import place
from events.readers.record import HEADERS, LARGEST, TOO_FAR, TOO_MANY, WHOLE, form, messages, read

__all__ = [
    "HEADERS",
    "INCOMING",
    "LARGEST",
    "MOVES_NOTHING",
    "TOO_FAR",
    "TOO_MANY",
    "WHOLE",
    "Cut",
    "InboundRecord",
    "Unread",
    "content",
    "form",
    "from_json",
    "messages",
    "place",
    "read",
    "to_json",
    "written_moment",
]
