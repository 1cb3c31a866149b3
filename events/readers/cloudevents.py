"""Reads CloudEvents 1.0 with JSON data, in Kafka's binary mode and in structured mode."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from events.contract.codes import Code
from events.contract.event_types import EVENT_TYPES, EventType
from events.contract.incoming import Moment, Said
from events.contract.telling import DetailsFields, PersonMerged, TellingFields
from events.readers import event_person
from events.readers.contract_names import not_known
from events.readers.precision import told_less_closely
from events.readers.refusal import RecordRefusedError
from handoff.fact import Discharge, Doubt, Fact, Person
from handoff.rules.occurrence import CLOCKS_DIFFER
from handoff.text import is_filler, visible
from handoff.vocabulary.words import EventKind

_SELDOM = 20_000  # bytes; an event has some hundreds
LONGEST_ID = 200  # characters; an id is part of an index


Content = TellingFields | DetailsFields | Said
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
# Our words for Pydantic's error types, by their beginning: its own words name its classes.
_WANTED = {
    "missing": "It is missing",
    "model": "It has to be a JSON object",
    "dict": "It has to be a JSON object",
    "tuple": "It has to be a JSON array",
    "list": "It has to be a JSON array",
    "string_type": "It has to be text",
    "int": "It has to be a whole number",
    "bool": "It has to be true or false",
    "datetime": "It is not a moment; write it as 2026-11-22T10:00:00+09:00",
    "date_numeric": "A number is not a moment or a day; write 2026-11-22T10:00:00+09:00, or 2026-11-22",
    "date_from": "It is not a date; write it as 2026-11-22",
    "date_type": "It is not a date; write it as 2026-11-22",
}
_THEIR_SUBJECT = re.compile(r"^[A-Z][a-z]+ should")
_ATTRIBUTES = ("specversion", "id", "source", "type", "time", "subject", "answers")
_NO_JSON = "The data is not JSON in UTF-8."
_ENDS = "EOF while parsing"  # part of the parser's message
_MOMENTS = ("expected_at", "discharged_at", "admitted_at", "died_at")
_DEATHS = ("died_at", "deceased_at", "deceasedDateTime")
_NOT_BODY = {"person", "discharge", "consent", "actor", "reference", "occurred_at"}


@dataclass(frozen=True)
class Envelope:
    """An event's attributes, and where it came from.

    Attributes:
        institution: the institution on whose topic it came.
        known_at: when we received it, aware.
        at: how the places of attributes begin: `ce_` or `/`.
    """

    attributes: Mapping[str, str]
    institution: str
    known_at: datetime
    at: str

    def text(self, name: str) -> str:
        """An attribute; "" if it is missing."""
        return self.attributes.get(name, "")


def message_id(headers: Mapping[str, str]) -> str:
    """The event's id, cut to what can be quoted in an answer."""
    return visible(headers.get("ce_id", ""))[:LONGEST_ID]


def read_binary(headers: Mapping[str, str], value: bytes, institution: str, known_at: datetime) -> Fact:
    """Read an event whose attributes are `ce_` headers and whose data is the value.

    Raises:
        RecordRefusedError: it cannot be read or used.
    """
    attributes = {name[3:]: text for name, text in headers.items() if name.startswith("ce_")}
    data = _parsed(value) if value else {}
    if data.keys() >= {"specversion", "type", "data"}:
        says = (
            "The value is a whole CloudEvent, and there are `ce_` headers too. Send it without them, or its data alone."
        )
        raise RecordRefusedError(Code.FIELD_INVALID, says, "/specversion")
    return _fact(Envelope(attributes, institution, known_at, "ce_"), data)


def read_structured(value: bytes, institution: str, known_at: datetime) -> Fact:
    """Read an event that is one JSON object, attributes and data.

    Raises:
        RecordRefusedError: it cannot be read or used.
    """
    event = _parsed(value)
    if "resourceType" in event:
        raise RecordRefusedError(Code.TYPE_NOT_YET_HANDLED, "FHIR messages are not read yet.", "/resourceType")
    attributes = {name: text for name, text in event.items() if isinstance(text, str)}
    try:
        _attributes_are_text(event)
        return _fact(Envelope(attributes, institution, known_at, "/"), event.get("data", {}))
    except RecordRefusedError as refused:
        refused.message_id = visible(str(event.get("id") or ""))[:LONGEST_ID]
        raise


def _attributes_are_text(event: Mapping[str, Any]) -> None:
    for name in _ATTRIBUTES:
        if not isinstance(event.get(name, ""), str):
            raise RecordRefusedError(Code.FIELD_INVALID, "An attribute has to be text: write it in quotes.", f"/{name}")


def _parsed(value: bytes) -> dict[str, Any]:
    try:
        cached: Literal["all", "none"] = "none" if len(value) > _SELDOM else "all"  # thousands of other names
        parsed = from_json(value.removeprefix(b"\xef\xbb\xbf"), allow_inf_nan=False, cache_strings=cached)
    except ValueError as broken:
        says = "The JSON ends too early. Perhaps a file was split into lines." if _ENDS in str(broken) else _NO_JSON
        raise RecordRefusedError(Code.UNREADABLE, says, "/") from None
    if not isinstance(parsed, dict):
        raise RecordRefusedError(Code.UNREADABLE, "The data is not a JSON object.", "/")
    return parsed


def _fact(envelope: Envelope, data: Any) -> Fact:
    event_type = _event_type(envelope)
    try:
        return _of_type(event_type, envelope, data)
    except RecordRefusedError as refused:
        refused.reason = " ".join(filter(None, (refused.reason, not_known(data, event_type.model))))
        raise


def _of_type(event_type: EventType, envelope: Envelope, data: Any) -> Fact:
    content, at = _checked(event_type, data), envelope.at
    written_at, doubts = _written(envelope, event_type)
    fact = Fact(
        kind=event_type.kind,
        sender=envelope.institution,
        message_id=_id(envelope),
        occurred_at=(isinstance(content, Said) and content.occurred_at) or written_at,
        subject=_name(envelope.text("subject"), at + "subject"),
        answers=_name(envelope.text("answers"), at + "answers"),
        doubts=(*doubts, *_doubts_of_person(content)),
        written_at=written_at if envelope.text("time") else None,
        **_particulars(content, event_type.kind, data),
    )
    _needs_whom_it_is_about(fact, event_type, at)
    return fact


def _event_type(envelope: Envelope) -> EventType:
    at = envelope.at
    if envelope.attributes.get("specversion", "1.0") != "1.0":
        raise RecordRefusedError(Code.FIELD_INVALID, "The contract requires CloudEvents 1.0.", at + "specversion")
    event_type = EVENT_TYPES.get(envelope.text("type"))
    if event_type is None:
        raise RecordRefusedError(Code.TYPE_UNKNOWN, place=at + "type")
    source = envelope.text("source")
    if not source:
        raise RecordRefusedError(Code.FIELD_INVALID, "The source is missing.", at + "source")
    if envelope.institution not in (source, source.rpartition(":")[2], source.rpartition("/")[2]):
        raise RecordRefusedError(Code.SOURCE_NOT_YOURS, place=at + "source")
    if event_type.direction == "to":
        raise RecordRefusedError(Code.NOT_YOUR_EVENT, place=at + "type")
    if not event_type.handled:
        says = f"The engine does not act on {event_type.kind} yet."
        raise RecordRefusedError(Code.TYPE_NOT_YET_HANDLED, says, at + "type")
    return event_type


def _id(envelope: Envelope) -> str:
    at = envelope.at
    name = _name(envelope.text("id"), at + "id")
    if not name:
        raise RecordRefusedError(Code.FIELD_INVALID, "The event has no id.", at + "id")
    return name


def _name(text: str, place: str) -> str:
    """An id as sent.

    Raises:
        RecordRefusedError: it is too long, or has line breaks or outer blanks.
    """
    if len(text) > LONGEST_ID or text != visible(text):
        raise RecordRefusedError(Code.FIELD_INVALID, "An id has to be one line of at most 200 characters.", place)
    return text


def _checked(event_type: EventType, data: Any) -> Content:
    try:
        content = event_type.model.model_validate(data)
    except ValidationError as invalid:
        raise _refusal(invalid) from None
    if not isinstance(content, Content):
        raise RecordRefusedError(Code.TYPE_NOT_YET_HANDLED, place="/")
    return content


def _refusal(invalid: ValidationError) -> RecordRefusedError:
    """The first mistake, in words that say what is expected and never quote what was sent."""
    mistake = invalid.errors(include_url=False, include_input=False, include_context=False)[0]
    place, kind = "/" + "/".join(str(part) for part in mistake["loc"]), mistake["type"]
    code = Code.DATE_SENSELESS if kind.startswith("date") else Code.FIELD_INVALID
    theirs = _THEIR_SUBJECT.sub("It has to", mistake["msg"].removeprefix("Value error, ")).rstrip(".")
    says = next((says for begins, says in _WANTED.items() if kind.startswith(begins)), theirs)
    return RecordRefusedError(code, f"{says}.", place)


def _written(envelope: Envelope, event_type: EventType) -> tuple[datetime, tuple[Doubt, ...]]:
    """When the event was written, and a doubt if the time is unusable. An answer without a usable time is refused.

    The time of an answer may lie in the future: intake finds that, and a person settles it.
    """
    text, known_at, at = envelope.text("time"), envelope.known_at, envelope.at
    try:
        moment = _MOMENT.validate_python(text) if text else None
    except ValidationError:
        moment, trouble = None, Doubt("moment-unreadable", at + "time", "The event's time is not a moment.")
    else:
        trouble = Doubt("recorded-in-future", at + "time", "The event's time lies in the future.")
    answers = not issubclass(event_type.model, TellingFields)
    if moment is not None and (answers or moment <= known_at + CLOCKS_DIFFER):
        return moment, ()
    if answers:
        if not text:
            raise RecordRefusedError(Code.FIELD_INVALID, "The time at which it occurred is missing.", at + "time")
        raise RecordRefusedError(Code.DATE_SENSELESS, trouble.says, trouble.place)
    return known_at, (trouble,) if text else ()


def _particulars(content: Content, kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a fact that the data gives. `content` is the data, checked."""
    if isinstance(content, TellingFields):
        return {
            "person": event_person.person(content.person, data.get("person") or {}),
            "discharge": _discharge(content, kind, data),
            "reference": "" if is_filler(content.discharge.reference) else content.discharge.reference,
            "consent": content.consent.given,
            "consent_until": content.consent.until,
            "actor_role": content.actor.role,
            "merged_numbers": content.merged_numbers if isinstance(content, PersonMerged) else (),
        }
    if isinstance(content, DetailsFields):
        return event_person.details(content, data)
    body = content.model_dump(mode="json", exclude=_NOT_BODY, exclude_none=True)
    return {"body": body, "reference": content.reference, "actor_role": content.actor.role}


def _doubts_of_person(content: Content) -> tuple[Doubt, ...]:
    return () if isinstance(content, Said) else tuple(event_person.doubts(content.person))


def _discharge(content: TellingFields, kind: str, data: Mapping[str, Any]) -> Discharge:
    fields = content.discharge
    died_at = fields.died_at or fields.deceased_at or content.person.deceased_at
    return Discharge(
        expected_at=fields.expected_at,
        discharged_at=fields.discharged_at,
        admitted_at=fields.admitted_at,
        died_at=died_at,
        death=kind == EventKind.PERSON_DIED or died_at is not None or content.tells_death,
        disposition=fields.disposition,
        precision=told_less_closely(_moments(data)),
        alive=content.denies_death or None,
    )


def _moments(data: Mapping[str, Any]) -> dict[str, str]:
    """The moments of the discharge as sent. A death may stand with the person too, and under its name in FHIR."""
    parts = (data.get(name) for name in ("discharge", "person"))
    stay, person = ({**part} if isinstance(part, Mapping) else {} for part in parts)  # a blank text is not sent
    died = next((part[name] for part in (stay, person) for name in _DEATHS if part.get(name)), "")
    return {name: visible(str((stay | {"died_at": died}).get(name) or "")) for name in _MOMENTS}


def _needs_whom_it_is_about(fact: Fact, event_type: EventType, at: str) -> None:
    person = fact.person or Person()
    if event_type.starts and not person.name:
        raise RecordRefusedError(Code.NAME_MISSING, place="/person/name")
    if event_type.subject and not (fact.subject or (event_type.subject == "case" and fact.reference)):
        says = f"The subject is missing: name the {event_type.subject} that it is about."
        raise RecordRefusedError(Code.FIELD_INVALID, says, at + "subject")
    named = fact.subject or fact.reference or person.name or person.registration_number or person.patient_number
    if not named:
        says = "It names neither a reference nor a person."
        raise RecordRefusedError(Code.FIELD_INVALID, says, "/discharge/reference")
