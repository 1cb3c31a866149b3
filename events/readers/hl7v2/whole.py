"""Finds out whether an HL7 v2 message was cut short on its way."""

from events.contract.codes import Code
from events.readers.hl7v2.reading import Reading
from events.readers.hl7v2.triggers import ABOUT_PERSON, trigger
from events.readers.refusal import RecordRefusedError

OF_STAYS = frozenset({"A01", "A03", "A06", "A07", "A08", "A11", "A13"})  # triggers that need a visit
_CUT = "The message is cut short"


def check(reading: Reading) -> None:
    """Doubt a message whose visit (PV1) is missing or ends early. Both segments are required in ADT (chapter 3.3).

    PV1 ends early if it is the last segment, no line end follows, and it has no moment of admission or discharge.

    Raises:
        RecordRefusedError: it ends before it names a person.
    """
    message, cut_in = reading.message, reading.message.cut_in
    if not cut_in and message.segments.keys() >= {"PID", "PV1"}:
        return
    if cut_in != "MSH" and message.first("MSH", 9) not in ("ADT", ""):
        return
    has_visit = "PV1" in message.segments
    if "PID" not in message.segments:
        raise RecordRefusedError(Code.UNREADABLE, f"{_CUT}: it has no segment PID.", "PID")
    if cut_in == "PID" and not has_visit and not message.sent("PID", 5):
        raise RecordRefusedError(Code.UNREADABLE, f"{_CUT}: its segment PID ends early.", "PID")
    event, says = trigger(message), message.first("EVN", 1)
    if not has_visit and (event or says) in OF_STAYS and says != ABOUT_PERSON:
        reading.doubt("message-cut", "PV1", f"{_CUT}: it has no segment PV1.")
    elif cut_in == "PV1" and not (message.sent("PV1", 44) or message.sent("PV1", 45)):
        reading.doubt("message-cut", "PV1", f"{_CUT}: its segment PV1 ends early.")
