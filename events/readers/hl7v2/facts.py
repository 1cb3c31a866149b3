"""Reads one HL7 v2 message as hospitals send it. Accepts much; contradictions become doubts, which a person settles.

Field numbers are those of 2.8. Older versions are the same in all fields that are read here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from events.contract.codes import Code
from events.contract.event_types import starts_case
from events.readers.hl7v2 import merges, whole
from events.readers.hl7v2 import person as person_reader
from events.readers.hl7v2.flags import read_flags
from events.readers.hl7v2.habits import filtered, unstamped
from events.readers.hl7v2.message import Message, parse
from events.readers.hl7v2.moments import moment, text_of
from events.readers.hl7v2.reading import CLOCKS_DIFFER, Reading
from events.readers.hl7v2.stay import read_discharge
from events.readers.hl7v2.text_doubts import text_doubts
from events.readers.hl7v2.triggers import VISIT_NUMBERS, Trigger, kind_of, passed_over, trigger_of
from events.readers.places import place
from events.readers.precision import precision
from events.readers.refusal import RecordRefusedError
from handoff.fact import CUT, Fact, NoEffect, Person, Unreadable
from handoff.profile.register import Habits
from handoff.text import is_filler
from handoff.vocabulary.words import PersonKind

LONGEST_ID = 199  # MSH-10, as long as 2.8 allows
LONGEST_FIELD = 1000  # characters; a longer value is not a name, address or number


def read(value: bytes, institution: str, known_at: datetime, habits: Habits) -> Fact | Unreadable | NoEffect:
    """Read one message.

    Raises:
        RecordRefusedError: it is not an HL7 v2 message.
    """
    return read_message(parse(value, habits.charset), institution, known_at, habits)


def read_message(
    message: Message, institution: str, known_at: datetime, habits: Habits
) -> Fact | Unreadable | NoEffect:
    """Read one message that has been split. An unusable one becomes `Unreadable`."""
    message, message_id = unstamped(message, habits), message.first("MSH", 10)[:LONGEST_ID]
    if filtered(message, habits):
        return NoEffect(message_id, "the institution's filter names it")
    reading = Reading(message, known_at, habits, [])
    try:
        whole.check_header(message)
        trigger = trigger_of(reading)
        why = passed_over(trigger, reading)
        return NoEffect(message_id, why) if why else _fact(trigger, reading, institution, message_id)
    except RecordRefusedError as refused:
        return refused.told(message_id)


def _fact(trigger: Trigger, reading: Reading, institution: str, message_id: str) -> Fact:
    """Read the fact. `message_id` may be empty: then only the content identifies a resend."""
    whole.check(trigger, reading)
    kind, message = kind_of(trigger, reading), reading.message
    text_doubts(reading)
    person = person_reader.read(message, reading.doubt)
    read_flags(reading, person.name)
    discharge, occurred_at = read_discharge(reading, trigger, kind)
    numbers = (message.first(*field) for field in VISIT_NUMBERS)
    reference = next((number for number in numbers if not is_filler(number)), "")
    if not any(doubt.code == CUT and doubt.place == "PID" for doubt in reading.doubts):
        _needs_whom_it_is_about(kind, person, reference)
    _not_too_long(vars(person), "person.")
    _not_too_long({"reference": reference, "discharge.disposition": discharge.disposition})
    return Fact(
        kind=kind,
        sender=institution,
        message_id=message_id,
        occurred_at=occurred_at,
        form="hl7v2",
        reference=reference,
        person=person,
        merged_numbers=merges.read(message) if kind == PersonKind.PERSON_MERGED else (),
        discharge=discharge,
        doubts=tuple(reading.doubts),
        **_written(reading),
    )


def _written(reading: Reading) -> dict[str, Any]:
    """When the event was recorded (EVN-2), else when the message was made (MSH-7); neither lies ahead."""
    for field in (("EVN", 2), ("MSH", 7)):
        text = text_of(reading.message, *field)
        written_at = moment(text, reading.zone)
        if written_at and written_at <= reading.known_at + CLOCKS_DIFFER:
            return {"written_at": written_at, "written_within": precision(text)}
    return {}


def _needs_whom_it_is_about(kind: str, person: Person, reference: str) -> None:
    if starts_case(kind) and not person.name:
        raise RecordRefusedError(Code.NAME_MISSING, place="PID-5")
    if not (reference or person.name or person.patient_number or person.registration_number):
        raise RecordRefusedError(Code.FIELD_INVALID, "It names neither the visit nor the person.", "PV1-19")


def _not_too_long(fields: Mapping[str, Any], of: str = "") -> None:
    """Refuse texts that are too long: they are stored, and sent to other institutions.

    Raises:
        RecordRefusedError: a text is longer than `LONGEST_FIELD`.
    """
    for field, value in fields.items():
        if isinstance(value, str) and len(value) > LONGEST_FIELD:
            reason = f"A field is longer than {LONGEST_FIELD} characters."
            raise RecordRefusedError(Code.FIELD_INVALID, reason, place("hl7v2", f"{of}{field}"))
