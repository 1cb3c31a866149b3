"""From the bytes of one record to one fact: CloudEvents and HL7 v2, told apart by their headers and first bytes."""

from events.readers.normal import content, from_json, to_json
from events.readers.places import place
from events.readers.record import HEADERS, LARGEST, TOO_FAR, TOO_MANY, WHOLE, Cut, Record, read

__all__ = [
    "HEADERS",
    "LARGEST",
    "TOO_FAR",
    "TOO_MANY",
    "WHOLE",
    "Cut",
    "Record",
    "content",
    "from_json",
    "place",
    "read",
    "to_json",
]
