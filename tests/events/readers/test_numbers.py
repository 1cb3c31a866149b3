"""Numbers of a person and of a stay: resident numbers, patient numbers, accounts."""

import pytest

from events.readers import InboundRecord
from tests.events.readers.told import adt, doubts_of, fact_of, message, of_event, of_message, wide

WHOLE, BARE = "430214-2123456", "4302142123456"


def with_pid(**fields: str) -> InboundRecord:
    """A message with these fields of PID, by number: `_18="A-1"`."""
    lines = adt(numbers="", visit=fields.pop("visit", "V-1")).decode().split("\r")
    pid = lines[2].split("|")
    for number, value in fields.items():
        pid[int(number[1:])] = value
    return message("\r".join([*lines[:2], "|".join(pid), *lines[3:]]).encode())


@pytest.mark.parametrize(
    ("sent", "registration", "patient"),
    [
        (f"{WHOLE}~00012345^^^GMH", BARE, "00012345"),
        (f"{BARE}~00012345^^^GMH", BARE, "00012345"),
        (f"00012345~{WHOLE}", BARE, "00012345"),
        (f"{WHOLE}^^^GMH^MR~00012345^^^GMH^PI", BARE, "00012345"),
        (f"00012345^^^GMH^mr~{WHOLE}^^^KR^nnkor", BARE, "00012345"),
        (f"{wide(WHOLE)}~00012345^^^GMH", BARE, "00012345"),
        (f"{wide(BARE)}^^^KR^NNKOR~00012345^^^GMH", BARE, "00012345"),
        ("430214 2123456~00012345", BARE, "00012345"),
        ("430214-6123456~00012345", "4302146123456", "00012345"),
        ("030214-3123456~00012345", "0302143123456", "00012345"),
        (f"430214-2******^^^KR^NNKOR~{WHOLE}^^^KR^NI~00012345^^^GMH^MR", BARE, "00012345"),
        ("430214-2******~00012345", "", "00012345"),
        ("430214-2XXXXXX~00012345", "", "00012345"),
        ("430214-*******~00012345", "", "00012345"),
        ("430214-2●●●●●●~00012345", "", "00012345"),
        ("4302142^^^KR^NNKOR~00012345", "", "00012345"),
        ("4302142", "", "4302142"),
        ("9999992123456~00012345", "", "9999992123456"),
        ("4302309123456~00012345", "", "4302309123456"),
        ("4302302123456~00012345", "", "4302302123456"),
        ("1234567890123^^^GMH^MR", "", "1234567890123"),
        (f"{BARE}^^^GMH^MR", "", BARE),
        ("000000-0000000^^^KR^NNKOR~00012345", "", "00012345"),
        ("M1234^^^US^NNUSA~00012345", "", "00012345"),
        ("M1234^^^KR^PPN~00012345", "", "00012345"),
        ("~^^^GMH^MR~00012345^^^GMH^MR", "", "00012345"),
    ],
)
def test_a_resident_number_is_told_from_a_patient_number(sent: str, registration: str, patient: str) -> None:
    person = of_message(numbers=sent, born="")
    assert (person.registration_number, person.patient_number) == (registration, patient)


def test_older_fields_are_read_where_pid_3_has_no_number() -> None:
    person = fact_of(with_pid(_2=WHOLE, _7="")).person
    assert person
    assert (person.registration_number, person.patient_number) == (BARE, "")
    person = fact_of(with_pid(_2="00012345", _19=wide(WHOLE), _7="")).person
    assert person
    assert (person.registration_number, person.patient_number) == (BARE, "00012345")


@pytest.mark.parametrize(
    "masked", ["430214-2******", "430214-2XXXXXX", "4302142", "430214", "430214-*******", "500505-1******"]
)
def test_a_masked_number_contradicts_nothing_and_is_not_kept(masked: str) -> None:
    for record in (
        message(numbers=f"0815^^^GMH^MR~{WHOLE}^^^KR^NNKOR", national=masked, born="19430214"),
        message(numbers=f"0815^^^GMH^MR~{masked}^^^KR^NNKOR", national=WHOLE, born="19430214"),
    ):
        person = fact_of(record).person
        assert person
        assert (person.registration_number, doubts_of(record)) == (BARE, {})
    assert (
        of_message(national=masked).registration_number
        == of_event(registration_number=masked).registration_number
        == ""
    )


@pytest.mark.parametrize("other", ["430214-2999999", "500505-2123456", "123-45-6789", "M1234567"])
def test_two_whole_numbers_that_differ_are_a_doubt(other: str) -> None:
    record = message(numbers=f"0815^^^GMH^MR~{WHOLE}^^^KR^NNKOR", national=other)
    assert doubts_of(record) == {"PID-19": "registration-numbers-differ"}


@pytest.mark.parametrize("same", [BARE, wide(WHOLE), "430214 - 2123456"])
def test_one_number_in_another_form_is_no_doubt(same: str) -> None:
    assert doubts_of(message(numbers=f"0815^^^GMH^MR~{WHOLE}^^^KR^NNKOR", national=same)) == {}


@pytest.mark.parametrize("sent", [WHOLE, BARE, wide(WHOLE), wide(BARE), "430214 2123456", f" {WHOLE} "])
def test_a_number_in_any_width_is_the_same_in_both_forms(sent: str) -> None:
    assert of_event(registration_number=sent).registration_number == BARE
    assert of_message(national=sent).registration_number == BARE


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("00012345", "00012345"), ("1-23455", "1-23455"), ("a-12", "a-12"), ("A-12", "A-12"), (wide("00-12"), "00-12")],
)
def test_a_patient_number_is_kept_as_written(sent: str, kept: str) -> None:
    assert of_event(patient_number=sent).patient_number == of_message(numbers=f"{sent}^^^GMH^MR").patient_number == kept


@pytest.mark.parametrize(
    ("visit", "other", "account", "reference"),
    [
        ("", "", "A-1^^^GMH^AN", "A-1"),
        ("V-1", "", "A-1", "V-1"),
        ("", "W-1", "A-1", "W-1"),
        ('""', "", "A-1", "A-1"),
        ("^^^GMH^VN", "", "A-1", "A-1"),
    ],
)
def test_the_account_names_the_stay_where_no_visit_number_does(
    visit: str, other: str, account: str, reference: str
) -> None:
    record = with_pid(visit=visit, _18=account)
    lines = (record.value or b"").decode().split("\r")
    lines[3] += "|" * 5 + other
    assert fact_of(message("\r".join(lines).encode())).reference == reference
