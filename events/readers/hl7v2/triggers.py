"""What each trigger event of an HL7 v2 feed tells us (ADT of chapter 3, REF of chapter 11)."""

from enum import StrEnum
from typing import Self

from events.contract.codes import Code
from events.contract.event_types import starts_case
from events.contract.words import LaterKind
from events.readers.hl7v2.deaths import tells_death
from events.readers.hl7v2.flags import always_counts
from events.readers.hl7v2.habits import in_filter
from events.readers.hl7v2.reading import Reading
from events.readers.refusal import RecordRefusedError
from handoff.fact import CLASS_DIFFERS
from handoff.vocabulary.words import EventKind, PersonKind

_LATER = Code.TYPE_NOT_YET_HANDLED.value
_NUMBERS = "numbers-merged"  # it changes more than the numbers of one patient
ONLY = "Only ADT and REF messages are read."
VISIT_NUMBERS = (("PV1", 19), ("PV1", 50), ("PID", 18))  # the first that is sent names the stay
NOT_PRODUCTION = ("T", "D")  # MSH-11, table 0103: training, debugging


class Trigger(StrEnum):
    """A trigger event.

    Attributes:
        called: what happened, in words.
        kind: the event that it is read as; None: it is passed over.
        asks: code of the doubt with which a person reads it; "": it acts by itself.
    """

    called: str
    kind: EventKind | LaterKind | PersonKind | None
    asks: str

    def __new__(
        cls, value: str, called: str, kind: EventKind | LaterKind | PersonKind | None = None, asks: str = ""
    ) -> Self:
        """Make a member with its row of the table."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.called, member.kind, member.asks = called, kind, asks
        return member

    A01 = "A01", "admission", EventKind.ADMISSION_OCCURRED
    A02 = "A02", "transfer within the hospital"
    A03 = "A03", "discharge", EventKind.DISCHARGE_NOTIFIED
    A04 = "A04", "registration of an outpatient"
    A05 = "A05", "pre-admission"
    A06 = "A06", "an outpatient becomes an inpatient", EventKind.ADMISSION_OCCURRED
    A07 = "A07", "an inpatient becomes an outpatient", EventKind.DISCHARGE_NOTIFIED, "became-outpatient"
    A08 = "A08", "corrected data of a stay", EventKind.DISCHARGE_CORRECTED
    A09 = "A09", "departure within the hospital"
    A10 = "A10", "arrival within the hospital"
    A11 = "A11", "cancelled admission", EventKind.ADMISSION_CANCELLED
    A12 = "A12", "cancelled transfer"
    A13 = "A13", "cancelled discharge", EventKind.DISCHARGE_CANCELLED
    A14 = "A14", "pending admission"
    A15 = "A15", "pending transfer"
    A16 = "A16", "pending discharge", EventKind.DISCHARGE_EXPECTED
    A17 = "A17", "two patients swap beds"
    A18 = "A18", "merged patient records", PersonKind.PERSON_MERGED
    A20 = "A20", "state of a bed"
    A21 = "A21", "begin of a leave"
    A22 = "A22", "return from a leave"
    A23 = "A23", "deleted patient record", PersonKind.PERSON_MERGED, _NUMBERS
    A24 = "A24", "linked patient records", PersonKind.PERSON_MERGED, _NUMBERS
    A25 = "A25", "cancelled pending discharge", EventKind.DISCHARGE_CANCELLED
    A26 = "A26", "cancelled pending transfer"
    A27 = "A27", "cancelled pending admission"
    A28 = "A28", "new data of a person", EventKind.DISCHARGE_CORRECTED
    A29 = "A29", "deleted data of a person", PersonKind.PERSON_MERGED, _NUMBERS
    A30 = "A30", "merged persons", PersonKind.PERSON_MERGED
    A31 = "A31", "corrected data of a person", EventKind.DISCHARGE_CORRECTED
    A32 = "A32", "cancelled arrival within the hospital"
    A33 = "A33", "cancelled departure within the hospital"
    A34 = "A34", "merged patient numbers", PersonKind.PERSON_MERGED
    A35 = "A35", "merged account numbers", PersonKind.PERSON_MERGED, _NUMBERS
    A36 = "A36", "merged patient and account numbers", PersonKind.PERSON_MERGED
    A37 = "A37", "separated patient records", PersonKind.PERSON_MERGED, _NUMBERS
    A38 = "A38", "cancelled pre-admission"
    A39 = "A39", "merged persons by patient number", PersonKind.PERSON_MERGED
    A40 = "A40", "merged lists of patient numbers", PersonKind.PERSON_MERGED
    A41 = "A41", "merged accounts", PersonKind.PERSON_MERGED, _NUMBERS
    A42 = "A42", "merged stays", PersonKind.PERSON_MERGED, _NUMBERS
    A43 = "A43", "moved patient number", PersonKind.PERSON_MERGED, _NUMBERS
    A44 = "A44", "moved account", PersonKind.PERSON_MERGED, _NUMBERS
    A45 = "A45", "moved stay", PersonKind.PERSON_MERGED, _NUMBERS
    A46 = "A46", "changed person number", PersonKind.PERSON_MERGED
    A47 = "A47", "changed list of patient numbers", PersonKind.PERSON_MERGED
    A48 = "A48", "changed alternate patient number", PersonKind.PERSON_MERGED, _NUMBERS
    A49 = "A49", "changed account number", PersonKind.PERSON_MERGED, _NUMBERS
    A50 = "A50", "changed number of a stay", PersonKind.PERSON_MERGED, _NUMBERS
    A51 = "A51", "changed alternate number of a stay", PersonKind.PERSON_MERGED, _NUMBERS
    A52 = "A52", "cancelled leave"
    A53 = "A53", "cancelled return from a leave"
    A54 = "A54", "change of the attending doctor"
    A55 = "A55", "cancelled change of the attending doctor"
    A60 = "A60", "adverse reactions"
    A61 = "A61", "change of a consulting doctor"
    A62 = "A62", "cancelled change of a consulting doctor"
    I12 = "I12", "referral", EventKind.APPLICATION_RECEIVED, _LATER
    I13 = "I13", "changed referral", EventKind.APPLICATION_RECEIVED, _LATER
    I14 = "I14", "cancelled referral", LaterKind.APPLICATION_WITHDRAWN, _LATER
    I15 = "I15", "question about a referral"


_BY_CODE = {trigger.value: trigger for trigger in Trigger}
ACTING = tuple(trigger for trigger in Trigger if isinstance(trigger.kind, EventKind) and not trigger.asks)
ABOUT_PERSONS = (Trigger.A28, Trigger.A31)  # their dates of a stay move nothing
CANCELLING = (Trigger.A11, Trigger.A13, Trigger.A25)
OF_STAYS = (Trigger.A01, Trigger.A03, Trigger.A16, *CANCELLING)


def trigger_of(reading: Reading) -> Trigger:
    """The trigger event that a message acts by: MSH-9, unless that is passed over and EVN-1 is not.

    Data of an inpatient whom EVN-1 discharges are a notice in doubt: somebody without a case would be lost.

    Raises:
        RecordRefusedError: it is no ADT or REF message, or we do not know its trigger event.
    """
    message = reading.message
    if message.first("MSH", 9).upper() not in ("ADT", "REF"):
        refused = RecordRefusedError(Code.TYPE_UNKNOWN, ONLY, "MSH-9")
        refused.kept = False
        raise refused
    trigger = _BY_CODE.get(reading.sent or reading.stamped or message.first("MSH", 9, 3).upper()[4:])
    other = _BY_CODE.get(reading.stamped)
    if trigger is None:
        raise RecordRefusedError(Code.TYPE_UNKNOWN, place="MSH-9")
    if other is None or other is trigger or other.kind is None:
        return trigger
    discharges = trigger.kind == EventKind.DISCHARGE_CORRECTED and starts_case(other.kind) and reading.inpatient
    return other if trigger.kind is None or discharges else trigger


def passed_over(trigger: Trigger, reading: Reading) -> str:
    """Why a message changes nothing, in words; "": it says something.

    A death and a restriction of access never are passed over. A message of training or debugging always is (MSH-11,
    table 0103).
    """
    message = reading.message
    if message.first("MSH", 11).upper() in NOT_PRODUCTION:
        return "a test message (MSH-11)"
    reading.without_effect = why = _without_effect(trigger, reading)
    return "" if why and always_counts(message, reading.habits.dispositions) else why


def _without_effect(trigger: Trigger, reading: Reading) -> str:
    """Why a message changes nothing, unless it tells what always counts; "": it says something."""
    if trigger.kind is None:
        return trigger.called
    if in_filter(reading.message, reading.habits):
        return "the institution's filter names it"
    if _of_no_stay(trigger, reading) and not _may_cancel_a_stay(trigger, reading):
        return "no inpatient's stay (PV1-2)"
    if trigger == Trigger.A07 and reading.message.first("PV1", 2) and reading.inpatient:
        return "still an inpatient (PV1-2)"
    return ""


def _of_no_stay(trigger: Trigger, reading: Reading) -> bool:
    return trigger in OF_STAYS and not reading.inpatient and _BY_CODE.get(reading.stamped, trigger) is trigger


def _may_cancel_a_stay(trigger: Trigger, reading: Reading) -> bool:
    """Whether a cancellation counts although its class is none of a stay: if its visit is that of a case of ours.

    Somebody who comes back through the emergency room may have its class. A death beside it says more.
    """
    message = reading.message
    named = any(message.first(*place) for place in VISIT_NUMBERS)
    return trigger in CANCELLING and named and not tells_death(message, reading.habits.dispositions)


def kind_of(trigger: Trigger, reading: Reading) -> EventKind | LaterKind | PersonKind:
    """What a message tells. Adds the doubts about which event it is.

    A message that is passed over but for a death or a restriction is a change of the person's data.
    """
    if reading.without_effect:
        return EventKind.DISCHARGE_CORRECTED
    sent, stamp = reading.sent, reading.stamped
    if sent and sent != stamp and stamp in _BY_CODE:
        reading.doubt("event-differs", "EVN-1", "EVN-1 names another event than MSH-9.")
    if trigger.asks:
        reading.doubt(trigger.asks, "MSH-9", f"{trigger}: {trigger.called}. A person reads it.")
    if _of_no_stay(trigger, reading):
        reading.doubt(CLASS_DIFFERS, "PV1-2", "A stay is cancelled, and the patient class is none of a stay.")
    return trigger.kind or EventKind.DISCHARGE_CORRECTED


def about_stay(trigger: Trigger, reading: Reading) -> bool:
    """Whether the dates of a stay in the message count.

    They do not beside data of a person, for an outpatient, and in what is passed over but for a death or a restriction.
    """
    of_person = trigger in ABOUT_PERSONS or reading.stamped in ABOUT_PERSONS
    return not of_person and (trigger != Trigger.A08 or reading.inpatient) and not reading.without_effect
