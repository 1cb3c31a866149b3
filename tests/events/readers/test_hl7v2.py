from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from events.contract.event_types import told
from events.readers import InboundRecord
from handoff.fact import Discharge, Person
from tests.events.readers.told import NOW, USUAL, adt, doubts_of, fact_of, message, refusal_of


def person_of(record: InboundRecord) -> Person:
    person = fact_of(record).person
    assert person is not None
    return person


def discharge_of(record: InboundRecord) -> Discharge:
    discharge = fact_of(record).discharge
    assert discharge is not None
    return discharge


@pytest.mark.parametrize(
    ("trigger", "kind"),
    [
        ("A01", "admission.occurred"),
        ("A03", "discharge.notified"),
        ("A06", "admission.occurred"),
        ("A08", "discharge.corrected"),
        ("A11", "admission.cancelled"),
        ("A13", "discharge.cancelled"),
    ],
)
def test_each_trigger_is_an_event_of_ours(trigger: str, kind: str) -> None:
    fact = fact_of(message(trigger=trigger))
    assert (fact.kind, fact.sender, fact.message_id, fact.reference) == (kind, "gm-hospital", "C-1", "V-1")
    assert (fact.form, fact.consent, fact.doubts) == ("hl7v2", None, ())


def test_the_usual_korean_discharge_is_read_whole() -> None:
    fact = fact_of(message())
    assert fact.person == Person(
        name="한소망",
        birth_date=date(1948, 3, 15),
        sex="F",
        patient_number="0815",
        phone="010-0000-4711",
        address="경기도 광명시 철산로 30 101동",
    )
    assert fact.discharge == Discharge(
        discharged_at=datetime(2026, 4, 1, 1, 0, tzinfo=UTC),
        admitted_at=datetime(2026, 3, 20, 1, 0, tzinfo=UTC),
        disposition="01",
    )
    assert (told(fact).code, told(fact).until) == ("actual", datetime(2026, 4, 1, 1, 0, tzinfo=UTC))


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n ", b"\x0b"])
def test_line_ends_and_a_byte_order_mark_change_nothing(end: str, before: bytes) -> None:
    assert fact_of(InboundRecord("gm-hospital", before + adt(end=end))) == fact_of(message())


def test_any_encoding_characters_of_msh_2_are_followed() -> None:
    odd = adt().decode().translate(str.maketrans("|^~\\&", "!*+?%"))
    assert fact_of(message(odd.encode())) == fact_of(message())


def test_a_message_without_encoding_characters_is_read_with_the_usual_ones() -> None:
    assert fact_of(message(adt().replace(b"|^~\\&|", b"||", 1))) == fact_of(message())


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        (r"철산로\T\광명로 30", "철산로&광명로 30"),
        (r"A\F\B\S\C\R\D\E\E", "A|B^C~D\\E"),
        (r"30\X2D\1", "30-1"),
        (r"30\XEAB080\길", "30가길"),
        (r"\H\30\N\ \.br\101", "30  101"),
        (r"30\Z9\1", r"30\Z9\1"),
        ("30\\", "30\\"),
    ],
)
def test_escapes_stand_for_what_they_mean(sent: str, read_as: str) -> None:
    assert person_of(message(address=sent)).address == read_as


SEOUL = timezone(timedelta(hours=9))
MOMENTS = [
    ("202604011030", datetime(2026, 4, 1, 10, 30, tzinfo=SEOUL)),
    ("2026040110", datetime(2026, 4, 1, 10, 0, tzinfo=SEOUL)),
    ("20260401", datetime(2026, 4, 1, 0, 0, tzinfo=SEOUL)),
    ("202604011030+0215", datetime(2026, 4, 1, 8, 15, tzinfo=UTC)),
    ("20260401103015.1234-0330", datetime(2026, 4, 1, 14, 0, 15, 123400, tzinfo=UTC)),
    ("202604012400", datetime(2026, 4, 2, 0, 0, tzinfo=SEOUL)),
    ("2026-04-01 10:30", datetime(2026, 4, 1, 10, 30, tzinfo=SEOUL)),
]


@pytest.mark.parametrize(("sent", "read_as"), MOMENTS)
def test_a_moment_is_read_in_any_precision_and_offset_and_is_seouls_without_one(sent: str, read_as: datetime) -> None:
    assert discharge_of(message(discharged=sent, occurred="")).discharged_at == read_as


@pytest.mark.parametrize("sent", ["2026", "20260231", "soon", "20260401103015+9900", "00020101", "99981231235959-1200"])
def test_what_is_no_moment_is_a_doubt(sent: str) -> None:
    assert doubts_of(message(admitted=sent)) == {"PV1-44": "moment-unreadable"}
    assert discharge_of(message(admitted=sent)).admitted_at is None


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        ("한^소망", "한소망"),
        ("한소망", "한소망"),
        ("Han^Somang", "Han Somang"),
        ("Han^^^^^^D~한^소망^^^^^L", "한소망"),
        ("^^^^^^L~한소망", "한소망"),
        ("Everyman&&&&Aniston^Adam^A^III", "Everyman Adam A"),
    ],
)
def test_the_legal_name_is_read_as_koreans_write_it(sent: str, read_as: str) -> None:
    assert person_of(message(name=sent)).name == read_as


def test_a_discharge_without_a_name_is_refused_at_its_place() -> None:
    refusal = refusal_of(message(name="^^^^^^L"))
    assert (refusal.code, refusal.place, refusal.message_id) == ("name-missing", "PID-5", "C-1")


def test_the_hospitals_own_number_and_the_registration_number_are_told_apart() -> None:
    both = person_of(message(numbers="480315-2000017^^^KR^NNKOR~0815^^^GMH^MR"))
    older = person_of(message(numbers="0815", national="480315-2000017"))
    assert (both.patient_number, both.registration_number) == ("0815", "4803152000017")
    assert (older.patient_number, older.registration_number) == ("0815", "4803152000017")
    assert person_of(message(national="480315-2******")).registration_number == ""


def test_two_different_national_numbers_are_a_doubt() -> None:
    record = message(numbers="0815^^^^MR~480315-2000017^^^^NI", national="480315-2000025")
    assert doubts_of(record) == {"PID-19": "registration-numbers-differ"}


@pytest.mark.parametrize(
    ("sent", "address", "code"),
    [
        ("철산로 30^101동^광명시^경기도^14235^KOR^L", "경기도 광명시 철산로 30 101동", ""),
        ("경기도 광명시 철산로 30^^광명시^경기도", "경기도 광명시 철산로 30", ""),
        ("역삼로 1^^서울^^^^C~철산로 30^^광명시^경기도^^^L^^41210", "경기도 광명시 철산로 30", "41210"),
        ("", "", ""),
    ],
)
def test_the_registered_address_is_read_province_first(sent: str, address: str, code: str) -> None:
    person = person_of(message(address=sent))
    assert (person.address, person.address_code) == (address, code)


@pytest.mark.parametrize(
    ("sent", "phone"),
    [
        ("010-0000-4711~02-000", "010-0000-4711"),
        ("^PRN^CP^^82^010^00004711", "010-00004711"),
        ("^^^^^^^^^^^01000004711", "01000004711"),
    ],
)
def test_the_first_telephone_number_is_read_in_pieces_too(sent: str, phone: str) -> None:
    assert person_of(message(phone=sent)).phone == phone


def test_a_death_is_claimed_by_its_moment_or_its_flag() -> None:
    assert discharge_of(message(dead="Y")).death
    assert discharge_of(message(died="20260401")).death
    assert not discharge_of(message(dead="N", disposition="20")).death


DOUBTS = [
    ({"trigger": "A03", "says": "A01"}, {"EVN-1": "event-differs"}),
    ({"recorded": "20290801070624+0115"}, {"EVN-2": "recorded-in-future"}),
    ({"occurred": "202508170900"}, {"EVN-6": "event-moment-differs"}),
    ({"sent": "198908181126+0900"}, {"MSH-7": "written-before-event"}),
    ({"address": "1000 Hospital Lane^^Ann Arbor^MI^99999^USA"}, {"PID-11": "address-abroad"}),
    ({"discharged": "", "recorded": ""}, {"PV1-45": "discharge-moment-missing"}),
    ({"born": "19481332"}, {"PID-7": "moment-unreadable"}),
]


@pytest.mark.parametrize(("fields", "expected"), DOUBTS)
def test_each_contradiction_is_a_doubt_with_its_place(fields: dict[str, str], expected: dict[str, str]) -> None:
    assert doubts_of(message(**fields)) == expected


def test_a_discharge_without_its_moment_takes_that_of_the_event() -> None:
    occurred = message(discharged="", occurred="202603310900")
    recorded = message(discharged="", recorded="202604011005")
    assert discharge_of(occurred).discharged_at == datetime(2026, 3, 31, 0, 0, tzinfo=UTC)
    assert discharge_of(recorded).discharged_at == datetime(2026, 4, 1, 1, 5, tzinfo=UTC)
    assert (doubts_of(occurred), doubts_of(recorded)) == ({}, {})


def test_it_occurred_when_the_event_did_never_in_the_future() -> None:
    assert fact_of(message(occurred="202604011000")).occurred_at == datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
    assert fact_of(message(recorded="20290801", occurred="")).occurred_at == NOW


def test_required_fields_may_be_empty() -> None:
    bare = fact_of(message(**(dict.fromkeys(USUAL, "") | {"type": "ADT", "trigger": "A13", "visit": "V-1"})))
    assert (bare.kind, bare.message_id, bare.reference) == ("discharge.cancelled", "", "V-1")


def test_a_cancellation_that_names_nobody_is_refused() -> None:
    nobody = message(**(dict.fromkeys(USUAL, "") | {"type": "ADT", "trigger": "A13"}))
    assert (refusal_of(nobody).code, refusal_of(nobody).place) == ("field-invalid", "PV1-19")


@pytest.mark.parametrize("value", [b"MSH", b"MSH|^~\\&", b"MSHX" * 9, b"PID|1||4711", adt() * 2])
def test_what_is_not_one_message_is_refused(value: bytes) -> None:
    assert refusal_of(message(value)).code in ("unreadable", "type-unknown")


def test_a_message_of_900_kilobytes_is_read() -> None:
    assert fact_of(message(adt() + b"OBX|1|ED|" + b"A" * 900_000)) == fact_of(message())


@pytest.mark.parametrize(
    ("field", "place"),
    [
        ("name", "PID-5"),
        ("address", "PID-11"),
        ("phone", "PID-13"),
        ("numbers", "PID-3"),
        ("visit", "PV1-19"),
        ("disposition", "PV1-36"),
    ],
)
def test_a_field_longer_than_any_name_or_number_is_refused_at_its_place(field: str, place: str) -> None:
    refusal = refusal_of(message(**{field: ("A" if field == "name" else "9") * 1001}))
    assert (refusal.code, refusal.place, refusal.message_id) == ("field-invalid", place, "C-1")
