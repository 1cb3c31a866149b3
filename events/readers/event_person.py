"""Reads the person of a CloudEvent, with the same care for numbers and letters as that of an HL7 v2 message."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from events.contract.incoming import month_or_year
from events.contract.telling import DetailsFields, PersonFields
from handoff.fact import RESTRICTED, UNIDENTIFIED, Doubt, Person
from handoff.rules import resident_number
from handoff.text import has_lost_letters, is_filler, is_masked_name, is_nobody, kept
from handoff.vocabulary.details import Detail

OTHERS = (Detail.CONTACT, Detail.CARER)  # other people in the data of a person


def person(content: PersonFields, sent: Mapping[str, Any]) -> Person:
    """The person. A resident number in the place of the patient number is read as one, also if it is masked.

    Args:
        content: the data of the person, checked.
        sent: the same data as sent, which may name the month or year of birth alone.
    """
    fields = content.model_dump(exclude={"deceased", "deceased_at", "protected", *OTHERS})
    for role in OTHERS:
        fields |= {f"{role}_{name}": value for name, value in getattr(content, role).model_dump().items()}
    number, born = content.patient_number, content.birth_date
    if _is_resident_number(number, born):
        fields["registration_number"] = content.registration_number or resident_number.whole(number)
        fields["patient_number"] = ""
    elif is_filler(number) or resident_number.is_part(number, f"{born:%y%m%d}" if born else ""):
        fields["patient_number"] = ""
    if born is None:
        fields["born_in"] = month_or_year(kept(str(sent.get("birth_date", ""))))
    return Person(**fields)


def details(content: DetailsFields, data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a fact that tells new details of a person. `data`: as sent."""
    return {
        "person": person(content.person, data.get("person") or {}),
        "reference": "" if is_filler(content.reference) else content.reference,
        "actor_role": content.actor.role,
        "body": {"told_by": content.told_by} if content.told_by else {},
    }


def _is_resident_number(number: str, born: date | None) -> bool:
    """Whether a number is one by its form: with a hyphen, or thirteen digits that do not contradict the birth date."""
    if resident_number.is_written_with_hyphen(number):
        return True
    return resident_number.is_written_as_one(number) and born in (None, resident_number.birth_date(number))


def doubts(content: PersonFields) -> Iterator[Doubt]:
    """Doubts: access to the data is restricted, the person is not identified, letters of a text cannot be read."""
    if content.protected:
        yield Doubt(RESTRICTED, "/person/protected", "Access to the person's data is restricted.")
    if has_lost_letters(content.name) or is_masked_name(content.name):
        yield Doubt("text-unreadable", "/person/name", "The name has letters that cannot be read.")
    if is_nobody(content.name):
        yield Doubt(UNIDENTIFIED, "/person/name", "The person is not identified.")
    for role in OTHERS:
        if has_lost_letters(getattr(content, role).name):
            yield Doubt("text-unreadable", f"/person/{role}/name", "The name has letters that cannot be read.")
    if has_lost_letters(content.address):
        yield Doubt("text-unreadable", "/person/address", "The address has letters that cannot be read.")
