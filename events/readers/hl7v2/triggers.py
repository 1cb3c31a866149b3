"""What each trigger event of an HL7 v2 feed means to us."""

from events.contract.codes import Code
from events.readers.hl7v2 import deaths
from events.readers.hl7v2.message import Message
from events.readers.hl7v2.reading import Reading
from events.readers.refusal import RecordRefusedError
from handoff.vocabulary.words import EventKind

KINDS = {
    "A01": EventKind.ADMISSION_OCCURRED,
    "A03": EventKind.DISCHARGE_NOTIFIED,
    "A06": EventKind.ADMISSION_OCCURRED,
    "A08": EventKind.DISCHARGE_CORRECTED,
    "A11": EventKind.ADMISSION_CANCELLED,
    "A13": EventKind.DISCHARGE_CANCELLED,
    "A31": EventKind.DISCHARGE_CORRECTED,
}
ABOUT_PERSON = "A31"  # its dates of a stay move nothing
# An inpatient becomes an outpatient, pending discharge and its cancel, merge, referral
LATER = frozenset({"A07", "A16", "A25", "A40", "I12"})
# Transfer, registration of an outpatient, pre-admission, tracking, cancelled transfer, pending admission, and the
# cancels of pending and pre-admission: the person has not come to stay, and has not left.
WITHOUT_EFFECT = frozenset({"A02", "A04", "A05", "A09", "A10", "A12", "A14", "A27", "A38"})
OF_STAYS = frozenset({"A01", "A03", "A11", "A13"})
NO_STAY = ("P", "O", "R")  # PV1-2, table 0004: pre-admission, outpatient, recurring patient


def changes_nothing(message: Message) -> bool:
    """Whether nobody came to stay, left or died: another event, or the admission (or its cancel) of no inpatient."""
    events = {trigger(message), message.first("EVN", 1)} - {""}
    if message.first("MSH", 9) != "ADT" or not events or deaths.in_message(message)[0]:
        return False
    stays = message.first("PV1", 2).upper() not in NO_STAY
    return events <= WITHOUT_EFFECT or (not stays and len(events) == 1 and events <= OF_STAYS)


def trigger(message: Message) -> str:
    """The trigger event that MSH-9 names; "" if it names none."""
    return message.first("MSH", 9, 2) or message.first("MSH", 9, 3)[4:]


def kind_of(reading: Reading) -> str:
    """What the message tells, as an `EventKind`.

    Raises:
        RecordRefusedError: it tells nothing that we act on.
    """
    message = reading.message
    event_type, says = trigger(message), message.first("EVN", 1)
    if message.first("MSH", 9) not in ("ADT", "REF"):
        raise RecordRefusedError(Code.TYPE_UNKNOWN, "Only ADT messages are read.", "MSH-9")
    event = event_type or says
    kind = KINDS.get(event)
    if kind is None:  # what usually has no effect says more: a death, or another event in EVN-1
        for_a_person = event in LATER or event in WITHOUT_EFFECT
        raise RecordRefusedError(Code.TYPE_NOT_YET_HANDLED if for_a_person else Code.TYPE_UNKNOWN, place="MSH-9")
    if says and event_type and says != event_type:
        reading.doubt("event-differs", "EVN-1", "EVN-1 names another event than MSH-9.")
    if message.first("MSH", 11) in ("T", "D"):
        reading.doubt("not-production", "MSH-11", "MSH-11 marks the message as a test or a debugging aid.")
    return kind
