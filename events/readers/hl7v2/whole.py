"""Finds out whether an HL7 v2 message was cut short on its way."""

from events.contract.codes import Code
from events.contract.event_types import starts_case
from events.readers.hl7v2.message import Message
from events.readers.hl7v2.reading import Reading
from events.readers.hl7v2.triggers import ABOUT_PERSONS, Trigger
from events.readers.refusal import RecordRefusedError
from handoff.fact import CUT
from handoff.vocabulary.words import EventKind

_OF_VISITS = frozenset({"A01", "A03", "A06", "A07", "A08", "A11", "A13", "A16", "A25"})  # triggers that need a visit
_CUT = "The message is cut short"
_NO_PERSON = f"{_CUT}: it has no segment PID."


def check_header(message: Message) -> None:
    """Refuse a message that ends in its first segment.

    Raises:
        RecordRefusedError: it does.
    """
    if message.cut_in == "MSH":
        raise RecordRefusedError(Code.UNREADABLE, _NO_PERSON, "PID")


def _tells_visit(trigger: Trigger, message: Message) -> bool:
    """Whether PV1 has what such a message needs: a moment, or the number of the visit if it only takes back."""
    cancels = trigger.kind in (EventKind.ADMISSION_CANCELLED, EventKind.DISCHARGE_CANCELLED)
    return bool(message.sent("PV1", 44) or message.sent("PV1", 45) or (cancels and message.sent("PV1", 19)))


def check(trigger: Trigger, reading: Reading) -> None:
    """Doubt a message whose visit (PV1) is missing or ends early. Both segments are required in ADT (chapter 3.3).

    PV1 ends early if it is the last segment, no line end follows, and it has no moment of admission or discharge.

    Raises:
        RecordRefusedError: it is no notice, and ends before it names a person.
    """
    message, cut_in = reading.message, reading.message.cut_in
    if not cut_in and message.segments.keys() >= {"PID", "PV1"}:
        return
    has_visit = "PV1" in message.segments
    if "PID" not in message.segments:
        _names_nobody(trigger, reading, _NO_PERSON)
    elif cut_in == "PID" and not has_visit and not message.sent("PID", 5):
        _names_nobody(trigger, reading, f"{_CUT}: its segment PID ends early.")
    elif not has_visit and trigger in _OF_VISITS and reading.stamped not in ABOUT_PERSONS:
        reading.doubt(CUT, "PV1", f"{_CUT}: it has no segment PV1.")
    elif cut_in == "PID" and not has_visit:
        reading.doubt(CUT, "PID", f"{_CUT}: it may end in its segment PID.")
    elif cut_in == "PV1" and not _tells_visit(trigger, message):
        reading.doubt(CUT, "PV1", f"{_CUT}: its segment PV1 ends early.")


def _names_nobody(trigger: Trigger, reading: Reading, says: str) -> None:
    """Doubt a notice that names nobody: its sender knows by its id whom it is about. Other messages are refused."""
    if trigger.kind is None or not starts_case(trigger.kind):
        raise RecordRefusedError(Code.UNREADABLE, says, "PID")
    reading.doubt(CUT, "PID", says)
