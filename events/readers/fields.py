"""Shows from which place of a sender's record each field was read, as sent and as understood."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic_core import from_json

from events.contract.event_types import EVENT_TYPES
from events.readers.contract_names import leaves
from events.readers.hl7v2 import addresses, numbers
from events.readers.hl7v2.facts import read_message
from events.readers.hl7v2.message import WANTED, Message, parse, segments_sent
from events.readers.inbound import InboundRecord
from events.readers.meaning import with_meaning
from events.readers.record import form
from events.readers.refusal import RecordRefusedError
from handoff.fact import Fact, NoEffect, Unreadable
from handoff.profile.register import USUAL, Habits
from handoff.timezone import KST
from handoff.vocabulary.details import Detail

ReadAlone = Callable[[Message], Fact | Unreadable | NoEffect]

# Our field: the fields of a message that may have it. The first usable one counts.
HL7: Mapping[str, tuple[str, ...]] = {
    "message_id": ("MSH-10",),
    "kind": ("MSH-9", "EVN-1"),
    "occurred_at": ("EVN-6", "EVN-2"),
    "reference": ("PV1-19", "PV1-50", "PID-18"),
    "person.name": ("PID-5",),
    "person.birth_date": ("PID-7",),
    "person.sex": ("PID-8",),
    "person.registration_number": ("PID-3", "PID-2", "PID-4", "PID-19"),
    "person.patient_number": ("PID-3", "PID-2", "PID-4"),
    "merged_numbers": ("MRG-1",),
    "person.phone": ("PID-13", "PID-40", "PID-14"),
    "person.address": ("PID-11",),
    "person.address_code": ("PID-11",),
    "person.language": ("PID-15",),
    "person.contact_name": ("NK1-2",),
    "person.contact_relation": ("NK1-3",),
    "person.contact_phone": ("NK1-5", "NK1-6"),
    "person.carer_name": ("NK1-2",),
    "person.carer_relation": ("NK1-3",),
    "person.carer_phone": ("NK1-5", "NK1-6"),
    "discharge.expected_at": ("PV2-9",),
    "discharge.discharged_at": ("PV1-45", "EVN-6", "EVN-2"),
    "discharge.admitted_at": ("PV1-44",),
    "discharge.died_at": ("PID-29",),
    "discharge.death": ("PID-30", "PID-29"),
    "discharge.disposition": ("PV1-36",),
}
# Fields about the message, not about the person.
_ABOUT_THE_MESSAGE = frozenset(
    {
        *(f"{segment}-0" for segment in WANTED),
        *("MSH-1", "MSH-2", "MSH-7", "MSH-11", "MSH-18", "EVN-3", "PID-32"),
        *("PD1-12", "ARV-1", "ARV-2", "ARV-3", "PV1-2", "PV2-22", "NK1-1", "NK1-7"),
    }
)
_READ = frozenset(place for places in HL7.values() for place in places) | _ABOUT_THE_MESSAGE

# Our field: the attribute of a CloudEvent that has it.
ATTRIBUTES: Mapping[str, str] = {
    "message_id": "id",
    "kind": "type",
    "sender": "source",
    "occurred_at": "time",
    "subject": "subject",
    "answers": "answers",
}
_SHOWN = {"birth_date": "birth_told"}  # attributes in whose place another one is shown
# Parts of the data with another name in our fields. All others keep their name.
_OURS = {
    "consent.given": "consent",
    "consent.until": "consent_until",
    "actor.role": "actor_role",
    "discharge.reference": "reference",
} | {
    f"person.{role}.{part}": f"person.{role}_{part}"
    for role in (Detail.CONTACT, Detail.CARER)
    for part in ("name", "relation", "phone")
}


@dataclass(frozen=True)
class FieldRead:
    """One field of a record.

    Attributes:
        ours: our name, e.g. `person.birth_date`.
        place: the place in the record: `PID-7`, `/person/birth_date`, `ce_id`.
        raw: the value as sent.
        read: the value as understood, moments in Korean time; "" if it is not usable.
    """

    ours: str
    place: str
    raw: str
    read: str


@dataclass(frozen=True)
class FieldsRead:
    """The fields of a record that we read (`fields`), and the places that we do not read (`unread`)."""

    form: str
    fields: tuple[FieldRead, ...] = ()
    unread: tuple[str, ...] = ()


def fields_read(
    record: InboundRecord, fact: Fact | Unreadable | NoEffect, known_at: datetime, habits: Habits = USUAL
) -> FieldsRead:
    """Find where each field of a fact came from. For a refused record, show what is in the places that we read.

    Args:
        record: the record.
        fact: what `read` returned for it.
        known_at: the same moment as for `read`.
        habits: the same as for `read`.
    """
    value = record.value or b""
    if form(record) == "hl7v2":
        read_alone = lambda message: _read_alone(message, record.institution, known_at, habits)  # noqa: E731
        return _of_message(value, habits.charset, fact, read_alone)
    try:
        return _of_event(record, fact)
    except (ValueError, TypeError):
        return FieldsRead("unknown")


def _of_message(value: bytes, charset: str, fact: Fact | Unreadable | NoEffect, read_alone: ReadAlone) -> FieldsRead:
    try:
        message = parse(value, charset)
        sent = segments_sent(value)
    except RecordRefusedError:
        return FieldsRead("hl7v2")
    fields = tuple(_message_fields(message, fact, read_alone))
    others = tuple(name for name in sent if name not in WANTED)
    return FieldsRead("hl7v2", fields, (*_unread_fields(message), *others))


def _message_fields(message: Message, fact: Fact | Unreadable | NoEffect, read_alone: ReadAlone) -> Iterator[FieldRead]:
    for ours, places in HL7.items():
        understood = _value(fact, ours)
        sent = {place: raw for place in places if (raw := _raw(message, ours, place))}
        for place, raw in sent.items():
            alone = _with_only(message, place, places)
            if not understood or _value(read_alone(alone), ours) == understood:
                yield FieldRead(ours, place, raw, understood)
                break


def _read_alone(message: Message, institution: str, known_at: datetime, habits: Habits) -> Fact | Unreadable | NoEffect:
    fact = read_message(message, institution, known_at, habits)
    return with_meaning(fact, habits.dispositions) if isinstance(fact, Fact) else fact


def _raw(message: Message, ours: str, place: str) -> str:
    """The text at a place for one of our fields. PID-3 holds several kinds of numbers: only those of this field."""
    raw = message.field(*_split(place))
    if place == "PID-3":
        kept = [
            number
            for number in message.repetitions("PID", 3)
            if numbers.is_national(message.text(number, 5).upper(), message.text(number, 1))
            == ours.endswith("registration_number")
        ]
        raw = message.separators[2].join(message.separators[1].join(number) for number in kept)
    elif ours == "person.address_code":
        raw = message.text(addresses.chosen(message), 9)
    return raw


def _with_only(message: Message, place: str, places: Iterable[str]) -> Message:
    """The message with only one of these places filled, to see whether our field comes from there."""
    for other in places:
        if other != place and message.field(*_split(other)):
            message = message.without(*_split(other))
    return message


def _unread_fields(message: Message) -> tuple[str, ...]:
    return tuple(
        place
        for name, fields in message.segments.items()
        for number in range(len(fields))
        if message.field(name, number) and (place := f"{name}-{number}") not in _READ
    )


def _split(place: str) -> tuple[str, int]:
    segment, _, number = place.partition("-")
    return segment, int(number)


def _of_event(record: InboundRecord, fact: Fact | Unreadable | NoEffect) -> FieldsRead:
    """An event in binary or structured mode.

    Raises:
        ValueError: it is not JSON.
        TypeError: it is JSON, but not an object.
    """
    headers = {name.lower(): (value or b"").decode("utf-8", "replace") for name, value in record.headers}
    at = "ce_"
    binary = any(name.startswith(at) for name in headers)
    data = from_json((record.value or (b"{}" if binary else b"")).removeprefix(b"\xef\xbb\xbf"))
    if not isinstance(data, dict):
        raise TypeError("not a JSON object")
    if not binary:
        at, headers = "/", {f"/{name}": value for name, value in data.items() if isinstance(value, str)}
        data = data.get("data", {})
    sent = ((ours, at + name) for ours, name in ATTRIBUTES.items())
    fields = [FieldRead(ours, place, headers[place], _value(fact, ours)) for ours, place in sent if place in headers]
    event_type = EVENT_TYPES.get(headers.get(f"{at}type", ""))
    if event_type is None or not isinstance(data, dict):  # unknown type: the meaning of its parts is unknown
        return FieldsRead("cloudevents", tuple(fields), tuple(f"/{name}" for name in data))
    unread: list[str] = []
    for pointer, value in leaves(data, event_type.model, "", unread):
        fields.append(FieldRead(ours := _ours(pointer), pointer, _words(value), _value(fact, ours)))
    return FieldsRead("cloudevents", tuple(fields), tuple(unread))


def _ours(pointer: str) -> str:
    dotted = pointer.removeprefix("/").replace("/", ".")
    return _OURS.get(dotted, dotted)


def _value(fact: Fact | Unreadable | NoEffect, ours: str) -> str:
    """A field of a fact as text; "" if it is missing."""
    value: Any = fact
    for name in ours.split("."):
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list | tuple) and name.isdecimal():
            value = value[int(name)] if int(name) < len(value) else None
        else:
            value = getattr(value, _SHOWN.get(name, name), value.body.get(name) if isinstance(value, Fact) else None)
    return _words(value)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(map(_words, value))
    if isinstance(value, datetime):
        return value.astimezone(KST).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)
