"""The contact person, the carer and the language, as HL7 v2 messages and our own events name them."""

import pytest

from handoff.fact import Person
from tests.events.readers.told import adt, fact_of, message, of_event

DAUGHTER = "NK1|1|박^지민^^^^^L|DAU^Daughter^HL70063|경기도 광명시|010-9876-5432^PRN^CP||N^Next-of-Kin^HL70131"
HUSBAND = "NK1|2|박철수|CGV^Care giver^HL70063||^PRN^CP^^82^10^55551234"
EMPLOYER = "NK1|1|광명전자|EMR^Employer^HL70063||02-2680-1234"


def told(person: Person | None) -> tuple[str, ...]:
    assert person is not None
    contact = person.contact_name, person.contact_relation, person.contact_phone
    return (*contact, person.carer_name, person.carer_phone, person.language)


@pytest.mark.parametrize("segments", [(DAUGHTER, HUSBAND), (HUSBAND, DAUGHTER), (EMPLOYER, HUSBAND, DAUGHTER)])
def test_next_of_kin_are_the_contact_and_the_carer_in_any_order(segments: tuple[str, ...]) -> None:
    value = adt().decode().rstrip("\r") + "\r" + "\r".join(segments) + "\r"
    fact = fact_of(message(value.encode()))
    assert told(fact.person) == ("박지민", "Daughter", "010-9876-5432", "박철수", "010-55551234", "")
    assert fact.doubts == ()


def test_the_language_of_the_person_is_read() -> None:
    lines = adt().decode().split("\r")
    with_language = [
        line.replace("|010-0000-4711|", "|010-0000-4711||VIE", 1) if line[:3] == "PID" else line for line in lines
    ]
    assert told(fact_of(message("\r".join(with_language).encode())).person)[-1] == "VIE"


def test_our_own_event_names_the_same() -> None:
    who = {
        "contact": {"name": "박지민", "relation": "daughter", "phone": "010-9876-5432"},
        "carer": {"name": "박철수", "phone": "fax 02-111-2222"},
        "language": "vi",
    }
    assert told(of_event(**who)) == ("박지민", "daughter", "010-9876-5432", "박철수", "", "vi")
