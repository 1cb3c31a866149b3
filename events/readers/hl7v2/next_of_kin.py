"""Reads the contact person and the carer of an HL7 v2 message: segments NK1."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from events.readers.hl7v2.message import Message
from handoff.fact import Person
from handoff.rules import phones
from handoff.text import is_masked_name, person_name
from handoff.vocabulary.details import Detail

_NAME, _RELATION, _PHONE, _WORK_PHONE, _ROLE = 2, 3, 5, 6, 7  # fields of NK1
_CARERS = frozenset({"CGV", "CARE GIVER", "CAREGIVER", "간병인", "간호자", "돌봄", "주돌봄자"})  # table 0063, and words
_CONTACTS = frozenset({"C", "E", "EP", "N"})  # table 0131: emergency contact, next of kin
_NOT_THEM = frozenset({"EMR", "EMPLOYER", "FND"})


@dataclass(frozen=True)
class _Kin:
    name: str
    relation: str
    phone: str
    cares: bool
    is_contact: bool


def with_next_of_kin(person: Person, message: Message) -> Person:
    """The person, with the contact and the carer that a message names."""
    if "NK1" not in message.segments:
        return person
    kin = [one for fields in message.every("NK1") if (one := _kin(message, fields))]
    carer = next((one for one in kin if one.cares), None)
    others = [one for one in kin if not one.cares]
    contact = next((one for one in others if one.is_contact), next(iter(others), None))
    by_role = {Detail.CONTACT: contact, Detail.CARER: carer}
    fields: dict[str, Any] = {
        f"{role}_{name}": getattr(one, name)
        for role, one in by_role.items()
        if one
        for name in ("name", "relation", "phone")
    }
    return replace(person, **fields)


def _kin(message: Message, fields: list[str]) -> _Kin | None:
    """One NK1. None: it has neither a name nor a number, or is an employer."""
    words = _first(message, fields, _NAME)
    name = person_name("".join(words) if any(map(_is_hangul, words)) else " ".join(words))
    phone = next(_phones(message, fields), "")
    relation, role = ((*_first(message, fields, number), "")[0] for number in (_RELATION, _ROLE))
    if not (name or phone) or is_masked_name(name) or {relation.upper(), role.upper()} & _NOT_THEM:
        return None
    cares = bool({word.upper() for number in (_RELATION, _ROLE) for word in _first(message, fields, number)} & _CARERS)
    shown = next((word for word in _first(message, fields, _RELATION)[1:2] if word), relation)
    return _Kin(name, shown, phone, cares, role.upper() in _CONTACTS)


def _phones(message: Message, fields: list[str]) -> Iterator[str]:
    """The numbers by which this person can be called, as a whole or from their parts (XTN.5 to 8)."""
    for number in (_PHONE, _WORK_PHONE):
        for repetition in _repetitions(message, fields, number):
            parts = [message.text(repetition, component) for component in (1, 12, 5, 6, 7, 8)]
            whole = phones.contact(parts[0]) or phones.contact(parts[1])
            if phone := whole or phones.contact(phones.joined(*parts[2:])):
                yield phone


def _first(message: Message, fields: list[str], number: int) -> list[str]:
    """The first components of a field in plain text: family and given name, or code and words."""
    repetition = next(iter(_repetitions(message, fields, number)), [])
    return [word for word in (message.text(repetition, component) for component in (1, 2)) if word]


def _repetitions(message: Message, fields: list[str], number: int) -> list[list[str]]:
    raw = fields[number] if number < len(fields) else ""
    _, between, repeated, _, _ = message.separators
    return [repetition.split(between) for repetition in raw.split(repeated)] if raw and raw != '""' else []


def _is_hangul(word: str) -> bool:
    return any("가" <= letter <= "힣" for letter in word)
