"""Our own form: CloudEvents 1.0 with JSON data, in Kafka's binary mode; the structured mode is read too."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from events.contract import EVENT_TYPES, EventType
from events.contract_codes import Code
from events.contract_incoming import ConsentTold, DischargeFields, Moment, PersonFields, Said, Telling, plain
from events.readers.contract_names import not_known
from events.readers.refusal import RefusedError
from handoff.fact import Discharge, Doubt, Fact, Person

LONGEST_ID = 200  # characters: an id is part of an index
CLOCKS_DIFFER = timedelta(minutes=10)  # two machines' clocks may


_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
# Pydantic's kinds of mistakes, by how they begin, in our words: it speaks of its own classes.
_WANTED = {
    "missing": "It is missing",
    "model": "It has to be a JSON object",
    "dict": "It has to be a JSON object",
    "tuple": "It has to be a JSON array",
    "list": "It has to be a JSON array",
    "string_type": "It has to be text",
    "int": "It has to be a whole number",
    "bool": "It has to be true or false",
    "datetime": "It is no moment; write it as 2026-11-22T10:00:00+09:00",
    "date_numeric": "A number is no moment and no day; write 2026-11-22T10:00:00+09:00, or 2026-11-22",
    "date_from": "It is no date; write it as 2026-11-22",
    "date_type": "It is no date; write it as 2026-11-22",
}
_THEIR_SUBJECT = re.compile(r"^[A-Z][a-z]+ should")
_ATTRIBUTES = ("specversion", "id", "source", "type", "time", "subject", "answers")
_NO_JSON = "The data is not JSON in UTF-8."
_ENDS = "EOF while parsing"  # the parser's words
_NOT_BODY = {"person", "discharge", "consent", "actor", "reference"}


@dataclass(frozen=True)
class Arrival:
    """By whose topic a record came, and when."""

    institution: str
    known_at: datetime


def message_id(headers: Mapping[str, str]) -> str:
    """The event's id as far as it can be told to its sender again."""
    return plain(headers.get("ce_id", ""))[:LONGEST_ID]


def read_binary(headers: Mapping[str, str], value: bytes, arrival: Arrival) -> Fact:
    """Read an event whose attributes are `ce_` headers and whose data is the value.

    Raises:
        RefusedError: Nobody can read or use it.
    """
    attributes = {name[3:]: text for name, text in headers.items() if name.startswith("ce_")}
    data = _parsed(value) if value else {}
    if data.keys() >= {"specversion", "type", "data"}:
        says = (
            "The value is a whole CloudEvent beside headers of one: send it without `ce_` headers, or its data alone."
        )
        raise RefusedError(Code.FIELD_INVALID, says, "/specversion")
    return _fact(attributes, data, arrival, at="ce_")


def read_structured(value: bytes, arrival: Arrival) -> Fact:
    """Read an event that is one JSON object, attributes and data.

    Raises:
        RefusedError: Nobody can read or use it.
    """
    event = _parsed(value)
    if "resourceType" in event:
        raise RefusedError(Code.TYPE_NOT_YET_HANDLED, "FHIR messages are not read yet.", "/resourceType")
    attributes = {name: text for name, text in event.items() if isinstance(text, str)}
    try:
        _attributes_are_text(event)
        return _fact(attributes, event.get("data", {}), arrival, at="/")
    except RefusedError as refused:
        refused.message_id = plain(str(event.get("id") or ""))[:LONGEST_ID]
        raise


def _attributes_are_text(event: Mapping[str, Any]) -> None:
    for name in _ATTRIBUTES:
        if not isinstance(event.get(name, ""), str):
            raise RefusedError(Code.FIELD_INVALID, "An attribute is text: write it in quotes.", f"/{name}")


def _parsed(value: bytes) -> dict[str, Any]:
    try:
        parsed = from_json(value.removeprefix(b"\xef\xbb\xbf"), allow_inf_nan=False)
    except ValueError as broken:
        says = "The JSON ends too early: was a file split at its lines?" if _ENDS in str(broken) else _NO_JSON
        raise RefusedError(Code.UNREADABLE, says, "/") from None
    if not isinstance(parsed, dict):
        raise RefusedError(Code.UNREADABLE, "The data is not a JSON object.", "/")
    return parsed


def _fact(attributes: Mapping[str, str], data: Any, arrival: Arrival, at: str) -> Fact:
    """`at` is where attributes stand: what their places begin with."""
    event_type = _event_type(attributes, arrival, at)
    try:
        return _of_type(event_type, attributes, data, arrival, at)
    except RefusedError as refused:
        refused.reason = " ".join(filter(None, (refused.reason, not_known(data, event_type.model))))
        raise


def _of_type(event_type: EventType, attributes: Mapping[str, str], data: Any, arrival: Arrival, at: str) -> Fact:
    said = _checked(event_type, data)
    occurred_at, doubts = _occurred(attributes.get("time", ""), event_type, arrival.known_at, at)
    fact = Fact(
        kind=event_type.kind,
        sender=arrival.institution,
        message_id=_id(attributes, at),
        occurred_at=occurred_at,
        subject=_name(attributes.get("subject", ""), at + "subject"),
        answers=_name(attributes.get("answers", ""), at + "answers"),
        doubts=doubts,
        **_particulars(said, event_type.kind),
    )
    _needs_whom_it_is_about(fact, event_type, at)
    return fact


def _event_type(attributes: Mapping[str, str], arrival: Arrival, at: str) -> EventType:
    if attributes.get("specversion", "1.0") != "1.0":
        raise RefusedError(Code.FIELD_INVALID, "The contract is CloudEvents 1.0.", at + "specversion")
    event_type = EVENT_TYPES.get(attributes.get("type", ""))
    if event_type is None:
        raise RefusedError(Code.TYPE_UNKNOWN, place=at + "type")
    source = attributes.get("source", "")
    if not source:
        raise RefusedError(Code.FIELD_INVALID, "The source is missing.", at + "source")
    if arrival.institution not in (source, source.rpartition(":")[2], source.rpartition("/")[2]):
        raise RefusedError(Code.SOURCE_NOT_YOURS, place=at + "source")
    if event_type.direction == "to":
        raise RefusedError(Code.NOT_YOUR_EVENT, place=at + "type")
    if not event_type.handled:
        says = f"The engine does not act on {event_type.kind} yet."
        raise RefusedError(Code.TYPE_NOT_YET_HANDLED, says, at + "type")
    return event_type


def _id(attributes: Mapping[str, str], at: str) -> str:
    name = _name(attributes.get("id", ""), at + "id")
    if not name:
        raise RefusedError(Code.FIELD_INVALID, "The event has no id.", at + "id")
    return name


def _name(text: str, place: str) -> str:
    """An id as sent, if it can be one."""
    if len(text) > LONGEST_ID or text != plain(text):
        raise RefusedError(Code.FIELD_INVALID, "An id is one line of at most 200 characters.", place)
    return text


def _checked(event_type: EventType, data: Any) -> Telling | Said:
    try:
        said = event_type.model.model_validate(data)
    except ValidationError as invalid:
        raise _refusal(invalid) from None
    if not isinstance(said, Telling | Said):
        raise RefusedError(Code.TYPE_NOT_YET_HANDLED, place="/")
    if isinstance(said, ConsentTold) and said.scope != "support":
        raise RefusedError(Code.TYPE_NOT_YET_HANDLED, "Consent to a part only is not handled yet.", "/scope")
    return said


def _refusal(invalid: ValidationError) -> RefusedError:
    """The first mistake, in words that name what is wanted, never what was sent."""
    mistake = invalid.errors(include_url=False, include_input=False, include_context=False)[0]
    place, kind = "/" + "/".join(str(part) for part in mistake["loc"]), mistake["type"]
    code = Code.DATE_SENSELESS if kind.startswith("date") else Code.FIELD_INVALID
    theirs = _THEIR_SUBJECT.sub("It has to", mistake["msg"].removeprefix("Value error, ")).rstrip(".")
    says = next((says for begins, says in _WANTED.items() if kind.startswith(begins)), theirs)
    return RefusedError(code, f"{says}.", place)


def _occurred(text: str, event_type: EventType, known_at: datetime, at: str) -> tuple[datetime, tuple[Doubt, ...]]:
    """When it occurred. A notice without a usable time is taken, in doubt if it gave one; an answer is refused."""
    try:
        moment = _MOMENT.validate_python(text) if text else None
    except ValidationError:
        moment, trouble = None, Doubt("moment-unreadable", at + "time", "The event's time is not a moment.")
    else:
        trouble = Doubt("recorded-in-future", at + "time", "The event's time lies in the future.")
    if moment is not None and moment <= known_at + CLOCKS_DIFFER:
        return moment, ()
    if event_type.model is not Telling:
        if not text:
            raise RefusedError(Code.FIELD_INVALID, "When it occurred is missing.", at + "time")
        raise RefusedError(Code.DATE_SENSELESS, trouble.says, trouble.place)
    return known_at, (trouble,) if text else ()


def _particulars(said: Telling | Said, kind: str) -> dict[str, Any]:
    """The fields of a fact that the data gives."""
    if isinstance(said, Telling):
        return {
            "person": _person(said.person),
            "discharge": _discharge(said.discharge, kind),
            "reference": said.discharge.reference,
            "consent": said.consent.given,
            "actor_role": said.actor.role,
        }
    body = said.model_dump(mode="json", exclude=_NOT_BODY, exclude_none=True)
    return {"body": body, "reference": said.reference, "actor_role": said.actor.role}


def _person(person: PersonFields) -> Person:
    return Person(**vars(person))


def _discharge(told: DischargeFields, kind: str) -> Discharge:
    return Discharge(
        expected_at=told.expected_at,
        discharged_at=told.discharged_at,
        admitted_at=told.admitted_at,
        died_at=told.died_at,
        death=kind == "person.died" or told.died_at is not None,
        disposition=told.disposition,
    )


def _needs_whom_it_is_about(fact: Fact, event_type: EventType, at: str) -> None:
    person = fact.person or Person()
    if event_type.starts and not person.name:
        raise RefusedError(Code.NAME_MISSING, place="/person/name")
    if event_type.subject and not (fact.subject or (event_type.subject == "case" and fact.reference)):
        says = f"The {event_type.subject} that it is about is missing."
        raise RefusedError(Code.FIELD_INVALID, says, at + "subject")
    known = fact.subject or fact.reference or person.name or person.registration_number or person.patient_number
    if not known:
        says = "Neither a reference nor a person is named."
        raise RefusedError(Code.FIELD_INVALID, says, "/discharge/reference")
