"""From the bytes of one record to one fact: CloudEvents and HL7 v2, told apart by their headers and first bytes."""

from events.readers.normal import content, from_json, to_json
from events.readers.places import place
from events.readers.record import WHOLE, Record, read

__all__ = ["WHOLE", "Record", "content", "from_json", "place", "read", "to_json"]
