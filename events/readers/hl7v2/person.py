"""Reads the person of an HL7 v2 message: segment PID, which feeds fill in different ways."""

from datetime import date

from events.contract.incoming import month_or_year
from events.readers.hl7v2 import addresses, names, numbers, phones
from events.readers.hl7v2.addresses import Doubting
from events.readers.hl7v2.message import Message
from events.readers.hl7v2.moments import moment, text_of
from events.readers.hl7v2.next_of_kin import with_next_of_kin
from handoff.fact import Person
from handoff.text import is_masked_name


def read(message: Message, doubt: Doubting) -> Person:
    """The person of segment PID, with those of NK1. Calls `doubt` with code, place and words for each contradiction."""
    address, address_code = addresses.read(message, doubt)
    registration_number, patient_number = numbers.read(message, doubt)
    name = names.read(message)
    if is_masked_name(name):
        doubt("text-unreadable", "PID-5", "Letters of the name are hidden.")
    birth = text_of(message, "PID", 7)
    born_in = month_or_year(birth)
    person = Person(
        name=name,
        birth_date=None if born_in else _birth_date(birth, doubt),
        born_in=born_in,
        sex=message.first("PID", 8),
        registration_number=registration_number,
        patient_number=patient_number,
        phone=phones.read(message),
        address=address,
        address_code=address_code,
        language=message.first("PID", 15),
    )
    return with_next_of_kin(person, message)


def _birth_date(text: str, doubt: Doubting) -> date | None:
    """The day of birth as written, in any zone."""
    born = moment(text)
    if text and born is None:
        doubt("moment-unreadable", "PID-7", "The date of birth is not a day.")
    return born.date() if born else None
