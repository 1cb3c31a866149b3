"""Finds out whether an HL7 v2 message was cut short on its way."""

from events.contract.codes import Code
from events.readers.hl7v2.message import Message
from events.readers.hl7v2.reading import Reading
from events.readers.hl7v2.triggers import ABOUT_PERSONS, Trigger
from events.readers.refusal import RecordRefusedError
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
        RecordRefusedError: it ends before it names a person.
    """
    message, cut_in = reading.message, reading.message.cut_in
    if not cut_in and message.segments.keys() >= {"PID", "PV1"}:
        return
    has_visit = "PV1" in message.segments
    if "PID" not in message.segments:
        raise RecordRefusedError(Code.UNREADABLE, _NO_PERSON, "PID")
    if cut_in == "PID" and not has_visit and not message.sent("PID", 5):
        raise RecordRefusedError(Code.UNREADABLE, f"{_CUT}: its segment PID ends early.", "PID")
    if not has_visit and trigger in _OF_VISITS and reading.stamped not in ABOUT_PERSONS:
        reading.doubt("message-cut", "PV1", f"{_CUT}: it has no segment PV1.")
    elif cut_in == "PID" and not has_visit:
        reading.doubt("message-cut", "PID", f"{_CUT}: it may end in its segment PID.")
    elif cut_in == "PV1" and not _tells_visit(trigger, message):
        reading.doubt("message-cut", "PV1", f"{_CUT}: its segment PV1 ends early.")
