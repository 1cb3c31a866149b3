"""Reads HL7 v2 ADT as hospitals send it. Accepts much; contradictions become doubts, which a person settles.

A01 admission, A03 discharge, A06 an outpatient becomes an inpatient, A08 correction of a discharge, A11 cancelled
admission, A13 cancelled discharge, A31 change of the person's data. Field numbers are those of 2.8. Older versions are
the same in all fields that are read here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from events.contract.codes import Code
from events.contract.event_types import starts_case
from events.readers import deaths, hl7v2_person
from events.readers.hl7v2_message import Message, moment, parse
from events.readers.places import place
from events.readers.precision import precision, told_less_closely
from events.readers.refusal import RecordRefusedError
from handoff.fact import Discharge, Doubt, Fact, NoEffect, Person, Unreadable
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

LONGEST_ID = 199  # MSH-10, as long as 2.8 allows
LONGEST_FIELD = 1000  # characters; a longer value is not a name, address or number
CLOCKS_DIFFER = timedelta(minutes=10)  # how much the clocks of two machines may differ
SAME_EVENT = timedelta(days=7)  # EVN-6 and PV1-45 may differ: a discharge may be recorded days later


@dataclass(slots=True)
class Reading:
    """A message while it is read: the message, when we received it, and the doubts so far."""

    message: Message
    known_at: datetime
    doubts: list[Doubt]

    def doubt(self, code: str, place: str, says: str) -> None:
        """Note what a person has to settle."""
        self.doubts.append(Doubt(code, place, says))

    def moment(self, segment: str, number: int) -> datetime | None:
        """The moment in a field; None if it is empty or unreadable, which adds a doubt."""
        text = self.message.first(segment, number)
        if not text:
            return None
        read = moment(text)
        if read is None:
            self.doubt("moment-unreadable", f"{segment}-{number}", f"{segment}-{number} is not a moment.")
        return read


def read(value: bytes, institution: str, known_at: datetime) -> Fact | Unreadable | NoEffect:
    """Read one message.

    Raises:
        RecordRefusedError: it is not an HL7 v2 message.
    """
    return read_message(parse(value), institution, known_at)


def read_message(message: Message, institution: str, known_at: datetime) -> Fact | Unreadable | NoEffect:
    """Read one message that has been split. An unusable one becomes `Unreadable`."""
    message_id = message.first("MSH", 10)[:LONGEST_ID]
    if _changes_nothing(message):
        return NoEffect(message_id)
    try:
        return _fact(Reading(message, known_at, []), institution, message_id)
    except RecordRefusedError as refused:
        return refused.told(message_id)


def _fact(reading: Reading, institution: str, message_id: str) -> Fact:
    """Read the fact. `message_id` may be empty: then only the content identifies a resend."""
    kind = _kind(reading)
    person = hl7v2_person.read(reading.message, reading.doubt)
    discharge, occurred_at = _discharge(reading, kind)
    reference = reading.message.first("PV1", 19) or reading.message.first("PV1", 50)
    _needs_whom_it_is_about(kind, person, reference)
    _not_too_long({f"person.{name}": text for name, text in vars(person).items()})
    _not_too_long({"reference": reference, "discharge.disposition": discharge.disposition})
    return Fact(
        kind=kind,
        sender=institution,
        message_id=message_id,
        occurred_at=occurred_at,
        form="hl7v2",
        reference=reference,
        person=person,
        discharge=discharge,
        doubts=tuple(reading.doubts),
        **_written(reading),
    )


def _written(reading: Reading) -> dict[str, Any]:
    """When the event was recorded (EVN-2), else when the message was made (MSH-7); neither lies ahead."""
    for field in (("EVN", 2), ("MSH", 7)):
        written_at = moment(reading.message.first(*field))
        if written_at and written_at <= reading.known_at + CLOCKS_DIFFER:
            return {"written_at": written_at, "written_within": precision(reading.message.first(*field))}
    return {}


def _changes_nothing(message: Message) -> bool:
    """Whether nobody came to stay, left or died: another event, or the admission (or its cancel) of no inpatient."""
    events = {_trigger(message), message.first("EVN", 1)} - {""}
    if message.first("MSH", 9) != "ADT" or not events or deaths.in_message(message)[0]:
        return False
    stays = message.first("PV1", 2).upper() not in NO_STAY
    return events <= WITHOUT_EFFECT or (not stays and len(events) == 1 and events <= OF_STAYS)


def _trigger(message: Message) -> str:
    return message.first("MSH", 9, 2) or message.first("MSH", 9, 3)[4:]


def _kind(reading: Reading) -> str:
    message = reading.message
    trigger, says = _trigger(message), message.first("EVN", 1)
    if message.first("MSH", 9) not in ("ADT", "REF"):
        raise RecordRefusedError(Code.TYPE_UNKNOWN, "Only ADT messages are read.", "MSH-9")
    event = trigger or says
    kind = KINDS.get(event)
    if kind is None:  # what usually has no effect says more: a death, or another event in EVN-1
        for_a_person = event in LATER or event in WITHOUT_EFFECT
        raise RecordRefusedError(Code.TYPE_NOT_YET_HANDLED if for_a_person else Code.TYPE_UNKNOWN, place="MSH-9")
    if says and trigger and says != trigger:
        reading.doubt("event-differs", "EVN-1", "EVN-1 names another event than MSH-9.")
    if message.first("MSH", 11) in ("T", "D"):
        reading.doubt("not-production", "MSH-11", "MSH-11 marks the message as a test or a debugging aid.")
    if message.charset_differs:
        reading.doubt("charset-differs", "MSH-18", "The text is in another character set than MSH-18 names.")
    return kind


def _discharge(reading: Reading, kind: str) -> tuple[Discharge, datetime]:
    """The discharge, and when the event occurred: EVN-6, else EVN-2. Moments in the future do not count."""
    message, occurred_at, recorded_at = reading.message, reading.moment("EVN", 6), _recorded_at(reading)
    discharged_at, died_at = reading.moment("PV1", 45), reading.moment("PID", 29)
    if kind == EventKind.DISCHARGE_NOTIFIED:
        if discharged_at is None:
            discharged_at = _instead(reading, occurred_at, recorded_at)
        elif occurred_at and abs(occurred_at - discharged_at) > SAME_EVENT:
            reading.doubt(
                "event-moment-differs", "EVN-6", "The event occurred on another day than the discharge in PV1-45."
            )
    moves = ABOUT_PERSON not in (_trigger(message), message.first("EVN", 1))
    if kind == EventKind.DISCHARGE_CORRECTED and moves:
        _deleted(reading, discharged_at)
    died, alive = deaths.in_message(message)
    discharge = Discharge(
        expected_at=reading.moment("PV2", 9) if moves else None,
        discharged_at=discharged_at if moves else None,
        admitted_at=reading.moment("PV1", 44),
        died_at=died_at,
        death=died,
        disposition=message.first("PV1", 36),
        goes=deaths.in_texts(message),
        alive=alive,
        precision=_precision(message),
    )
    _written_before_it_happened(reading, kind, discharge)
    return discharge, next(filter(reading.known_at.__ge__, filter(None, (occurred_at, recorded_at))), reading.known_at)


def _deleted(reading: Reading, discharged_at: datetime | None) -> None:
    """A correction that deletes the discharge's moment: a person finds out whether the person left, and when."""
    if reading.message.deletes("PV1", 45):
        reading.doubt("discharge-moment-deleted", "PV1-45", "The moment of the discharge is deleted.")
    if discharged_at is None and reading.message.deletes("PV2", 9):
        reading.doubt("expected-moment-deleted", "PV2-9", "The moment of the expected discharge is deleted.")


def _precision(message: Message) -> dict[str, int]:
    """How closely the moments of the discharge were told. The first field counts that says the moment."""
    left = next(filter(None, (message.first(*field) for field in (("PV1", 45), ("EVN", 6), ("EVN", 2)))), "")
    others = {"expected_at": ("PV2", 9), "admitted_at": ("PV1", 44), "died_at": ("PID", 29)}
    return told_less_closely({"discharged_at": left, **{name: message.first(*field) for name, field in others.items()}})


def _recorded_at(reading: Reading) -> datetime | None:
    recorded_at = reading.moment("EVN", 2)
    if recorded_at and recorded_at > reading.known_at + CLOCKS_DIFFER:
        reading.doubt("recorded-in-future", "EVN-2", "The event was recorded in the future.")
    return recorded_at


def _instead(reading: Reading, occurred_at: datetime | None, recorded_at: datetime | None) -> datetime | None:
    """The moment of discharge in an A03 without PV1-45.

    EVN-6 is by definition the moment of the event. EVN-2, when it was recorded, counts for a week. Without both the
    discharge has no moment, and a person asks for it.
    """
    if occurred_at:
        return occurred_at
    if recorded_at and abs(reading.known_at - recorded_at) <= SAME_EVENT:
        return recorded_at
    reading.doubt("discharge-moment-missing", "PV1-45", "Neither PV1-45 nor EVN-6 says when the person left.")
    return None


def _written_before_it_happened(reading: Reading, kind: str, discharge: Discharge) -> None:
    happened = discharge.discharged_at if kind == EventKind.DISCHARGE_NOTIFIED else discharge.admitted_at
    written = moment(reading.message.first("MSH", 7))
    if (
        happened
        and written
        and happened - written > SAME_EVENT
        and kind in (EventKind.DISCHARGE_NOTIFIED, EventKind.ADMISSION_OCCURRED)
    ):
        reading.doubt("written-before-event", "MSH-7", "The message is older than the event in it.")


def _needs_whom_it_is_about(kind: str, person: Person, reference: str) -> None:
    if starts_case(kind) and not person.name:
        raise RecordRefusedError(Code.NAME_MISSING, place="PID-5")
    if not (reference or person.name or person.patient_number or person.registration_number):
        raise RecordRefusedError(Code.FIELD_INVALID, "It names neither the visit nor the person.", "PV1-19")


def _not_too_long(fields: Mapping[str, Any]) -> None:
    """Refuse texts that are too long: they are stored, and sent to other institutions.

    Raises:
        RecordRefusedError: a text is longer than `LONGEST_FIELD`.
    """
    for field, value in fields.items():
        if isinstance(value, str) and len(value) > LONGEST_FIELD:
            reason = f"A field is longer than {LONGEST_FIELD} characters."
            raise RecordRefusedError(Code.FIELD_INVALID, reason, place("hl7v2", field))
