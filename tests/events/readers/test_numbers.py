"""Numbers of a person and of a stay: resident numbers, patient numbers, accounts."""

import pytest

from events.readers import InboundRecord
from handoff.text import kept
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
        *((f"{BARE}^^^GMH^{kind}", "", BARE) for kind in ("MR", "PI", "PT")),
        *((f"{BARE}^^^GMH^{kind}~00012345", "", "00012345") for kind in ("VN", "AN", "NHIS")),
        *(
            (f"{BARE}^^^GMH^{kind}{further}", BARE, further[1:])
            for kind in ("주민번호", "주민등록번호", "JUMIN", "ID", "외국인등록번호", "FRN", "RI", "U", "XX")
            for further in ("", "~00012345")
        ),
        *((f"1234567890123^^^GMH^{kind}", "", "1234567890123") for kind in ("ID", "U", "XX", "환자번호")),
        *((f"00012345^^^GMH^{kind}", "", "00012345") for kind in ("ID", "U", "XX", "환자번호")),
        ("000000-0000000^^^KR^NNKOR~00012345", "", "00012345"),
        ("M1234^^^US^NNUSA~00012345", "", "00012345"),
        ("M1234^^^KR^PPN~00012345", "", "00012345"),
        ("~^^^GMH^MR~00012345^^^GMH^MR", "", "00012345"),
        ("430214-2000000~00012345", "", "00012345"),
        ("430214-0000000~00012345", "", "00012345"),
        ("000000-0000000~00012345", "", "00012345"),
        ("******-*******~00012345", "", "00012345"),
        ("43****-2******^^^GMH^MR~00012345", "", "00012345"),
        ("430214-2XXX~00012345", "", "00012345"),
        ("430214-2~00012345", "", "00012345"),
        (f"{WHOLE}^^^^XX~00012345", BARE, "00012345"),
        (f"{BARE}^^^^SSN~00012345", BARE, "00012345"),
        (f"{BARE}^^^^NIKOR~00012345", BARE, "00012345"),
        (f"{BARE}^^^^SN~00012345", BARE, "00012345"),
        ("430214/2123456~00012345", BARE, "00012345"),
        ("430214.2123456~00012345", BARE, "00012345"),
        (f"{WHOLE}^^^US^NNUSA~00012345", "", "00012345"),
        ("9410123456789012^^^^BC~00012345", "", "00012345"),
        ("A1234^^^NHIS^HI~00012345", "", "00012345"),
        *(
            (f"{filler}^^^GMH^MR", "", "")
            for filler in ("0", "00000000", "-", ".", "99999999", "없음", "미등록", "NULL")
        ),
        *((f"{filler}~00012345", "", "00012345") for filler in ("0", "00000000", "-", "N/A", "없음")),
        *((number, "", number) for number in ("0000120", "1000", "99", "없음1")),
    ],
)
def test_a_resident_number_is_told_from_a_patient_number(sent: str, registration: str, patient: str) -> None:
    person = of_message(numbers=sent, born="")
    assert (person.registration_number, person.patient_number) == (registration, patient)


@pytest.mark.parametrize("part", ["430214", "4302142", "430214-2", wide("430214")])
def test_the_date_of_birth_is_no_patient_number(part: str) -> None:
    assert of_message(numbers=f"{part}~00012345", born="19430214").patient_number == "00012345"
    assert of_message(numbers=part, born="1943-02-14").patient_number == ""
    assert of_message(numbers=part, born="19500505").patient_number == kept(part)


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


@pytest.mark.parametrize(
    ("fields", "registration", "patient"),
    [
        ({"_3": "00012345", "_4": WHOLE}, BARE, "00012345"),
        ({"_3": "00012345", "_4": f"{BARE}^^^KR^NNKOR"}, BARE, "00012345"),
        ({"_4": f"{WHOLE}~00077"}, BARE, "00077"),
        ({"_4": "00077^^^GMH^MR"}, "", "00077"),
        ({"_4": "V-1^^^GMH^VN~00077"}, "", "00077"),
        ({"_2": "00012345", "_4": "00077"}, "", "00012345"),
        ({"_2": WHOLE, "_4": "00077"}, BARE, "00077"),
        ({"_3": "00012345", "_4": "00077^^^GMH^MR"}, "", "00012345"),
        ({"_3": "00012345", "_4": "430214-2******"}, "", "00012345"),
        ({"_3": "00012345", "_4": "00000000"}, "", "00012345"),
        ({"_4": WHOLE, "_19": WHOLE}, BARE, ""),
    ],
)
def test_the_alternative_number_is_read_as_the_external_one_is(
    fields: dict[str, str], registration: str, patient: str
) -> None:
    record = with_pid(**fields, _7="")
    person = fact_of(record).person
    assert person
    assert (person.registration_number, person.patient_number, doubts_of(record)) == (registration, patient, {})


OF_ANOTHER = "430214-1234567"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"_3": f"{WHOLE}~{OF_ANOTHER}~00012345"}, "PID-3"),
        ({"_3": f"00012345~{WHOLE}^^^KR^NNKOR~{OF_ANOTHER}^^^KR^NI"}, "PID-3"),
        ({"_3": f"{WHOLE}~{WHOLE}~{OF_ANOTHER}"}, "PID-3"),
        ({"_3": f"430214-2******~{WHOLE}~{OF_ANOTHER}"}, "PID-3"),
        ({"_2": OF_ANOTHER, "_3": f"{WHOLE}~00012345"}, "PID-2"),
        ({"_3": WHOLE, "_4": OF_ANOTHER}, "PID-4"),
        ({"_2": WHOLE, "_4": OF_ANOTHER}, "PID-4"),
        ({"_3": WHOLE, "_19": OF_ANOTHER}, "PID-19"),
        ({"_2": WHOLE, "_19": OF_ANOTHER}, "PID-19"),
        ({"_3": f"430214-6123456~{WHOLE}~{OF_ANOTHER}"}, "PID-3"),
        ({"_3": f"500505-6123456~{WHOLE}"}, "PID-3"),
    ],
)
def test_any_two_whole_numbers_of_one_message_are_compared(fields: dict[str, str], place: str) -> None:
    assert doubts_of(with_pid(**fields, _7="")) == {place: "registration-numbers-differ"}


@pytest.mark.parametrize(
    "fields",
    [
        {"_3": f"430214-6123456~{WHOLE}~00012345"},
        {"_3": f"{WHOLE}^^^KR^NNKOR~4302146123456^^^KR^외국인등록번호"},
        {"_3": WHOLE, "_19": "430214-6123456"},
        {"_3": f"{WHOLE}~{BARE}~{wide(WHOLE)}", "_2": BARE, "_4": WHOLE, "_19": WHOLE},
        {"_3": f"{WHOLE}~430214-2******~430214-2000000", "_2": "4302142"},
        {"_3": f"{WHOLE}~A1234567^^^^NI~9999992123456^^^^NI"},
    ],
)
def test_what_one_person_may_have_at_once_is_no_doubt(fields: dict[str, str]) -> None:
    assert doubts_of(with_pid(**fields, _7="")) == {}


@pytest.mark.parametrize("other", ["430214-2123457", "500505-2123456", wide("500505-2123456")])
def test_two_whole_numbers_that_differ_are_a_doubt(other: str) -> None:
    record = message(numbers=f"0815^^^GMH^MR~{WHOLE}^^^KR^NNKOR", national=other)
    assert doubts_of(record) == {"PID-19": "registration-numbers-differ"}


@pytest.mark.parametrize(
    "filler", ["000000-0000000", "9999999999999", "0", "없음", "외국인", "430214-2000000", "A1234567", "11234567890"]
)
def test_what_is_no_resident_number_contradicts_none(filler: str) -> None:
    record = message(numbers=f"0815^^^GMH^MR~{WHOLE}^^^KR^NI", national=filler, born="19430214")
    assert (fact_of(record).person.registration_number, doubts_of(record)) == (BARE, {})


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
    ("sent", "registration", "patient"),
    [
        ("480315-2123456", "4803152123456", ""),
        ("4803152123456", "4803152123456", ""),
        (wide("4803152123456"), "4803152123456", ""),
        ("2403151000123", "", "2403151000123"),
        ("1234567890123", "", "1234567890123"),
        ("480315-2******", "", ""),
        ("480315-2", "", ""),
        ("00000000", "", ""),
        ("없음", "", ""),
        ("4803152", "", ""),
        ("430214", "", "430214"),
    ],
)
def test_a_resident_number_in_an_event_is_no_patient_number_either(sent: str, registration: str, patient: str) -> None:
    person = of_event(patient_number=sent, birth_date="1948-03-15")
    assert (person.registration_number, person.patient_number) == (registration, patient)


@pytest.mark.parametrize(
    ("visit", "other", "account", "reference"),
    [
        ("", "", "A-1^^^GMH^AN", "A-1"),
        ("V-1", "", "A-1", "V-1"),
        ("", "W-1", "A-1", "W-1"),
        ('""', "", "A-1", "A-1"),
        ("^^^GMH^VN", "", "A-1", "A-1"),
        *((filler, "", "A-1", "A-1") for filler in ("00000000", "0", "-", ".", "없음", "NULL", "99999999")),
        ("00000000", "0", "", ""),
        ("00000010", "", "A-1", "00000010"),
    ],
)
def test_the_account_names_the_stay_where_no_visit_number_does(
    visit: str, other: str, account: str, reference: str
) -> None:
    record = with_pid(visit=visit, _18=account)
    lines = (record.value or b"").decode().split("\r")
    lines[3] += "|" * 5 + other
    assert fact_of(message("\r".join(lines).encode())).reference == reference
