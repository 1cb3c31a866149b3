import unicodedata
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.fact import Person
from handoff.rules.identity import KnownPerson, Match, index_terms, normal_name, normal_phone, whom

KIM = Person(
    name="김영희",
    birth_date=date(1948, 3, 1),
    registration_number="480301-2000001",
    patient_number="00123",
    phone="010-1234-5678",
    address="경기도 광명시 철산로 10 (철산동)",
)
MINIMAL = Person(name="김영희", phone="010-1234-5678", address="경기도 광명시 철산로 10")


def told_again(told: Person, *known: Person, sender: str = "gm-hospital", first: str = "gm-hospital") -> Match:
    """As the inbox does: find the known by index terms, then decide."""
    terms = set(index_terms(told, sender))
    found = []
    for number, person in enumerate(known):
        kinds = frozenset(kind for kind, text in set(index_terms(person, first)) & terms)
        if kinds:
            found.append(KnownPerson(f"P{number}", person, kinds))
    return whom(told, sender, found)


def test_the_registration_number_alone_tells_the_same_person() -> None:
    told = Person(registration_number="4803012000001", phone="02-555-1234")
    assert told_again(told, KIM, sender="nhis-gwangmyeong") == Match("same", "P0", ("same-registration",))


def test_a_patient_number_is_the_same_person_for_its_own_hospital_only() -> None:
    told = Person(patient_number="00123", name="김영희")
    assert told_again(told, KIM).verdict == "same"
    assert told_again(told, KIM, sender="seoul-hospital") == Match("new", reasons=("nobody-known",))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1-23455", "12-3455"),
        ("1-23455", "123455"),
        ("00123", "123"),
        ("00123", "0123"),
        ("a-1", "A-1"),
        ("12 3", "123"),
    ],
)
def test_patient_numbers_are_compared_as_written(one: str, other: str) -> None:
    told, known = Person(patient_number=one, name="김영희"), replace(KIM, patient_number=other)
    assert told_again(told, known).verdict == "new"


@pytest.mark.parametrize("written", ["00123", " 00123 ", "００１２３", "\ufeff00123", "00123\u3000"])  # noqa: RUF001
def test_width_and_outer_blanks_make_no_other_patient_number(written: str) -> None:
    assert told_again(Person(patient_number=written, name="김영희"), KIM).verdict == "same"


def test_a_registration_number_is_known_again_in_full_width_digits() -> None:
    told = Person(registration_number="４８０３０１－２０００００１", name="김영희")  # noqa: RUF001
    assert told_again(told, KIM, sender="family") == Match("same", "P0", ("same-registration",))


@pytest.mark.parametrize("masked", ["480301-2******", "480301-2XXXXXX", "4803012", "500505-1******", ""])
def test_a_masked_registration_number_contradicts_nobody(masked: str) -> None:
    told = replace(KIM, registration_number=masked)
    assert told_again(told, KIM).verdict == told_again(KIM, told).verdict == "same"


def test_name_birth_date_and_phone_together_are_the_same_person() -> None:
    told = Person(name="김 영희", birth_date=date(1948, 3, 1), phone="+82 10 1234 5678")
    assert told_again(told, KIM, sender="family") == Match("same", "P0", ("same-name-birth-phone",))


@pytest.mark.parametrize("told", [MINIMAL, replace(MINIMAL, birth_date=date(1984, 3, 1))])
def test_who_agrees_in_name_and_contact_only_is_held(told: Person) -> None:
    match = told_again(told, KIM, sender="family")
    assert (match.verdict, match.candidates) == ("held", ("P0",))
    assert "same-name-phone-only" in match.reasons


def test_the_second_notice_with_no_more_than_the_law_asks_is_held() -> None:
    assert told_again(MINIMAL, MINIMAL, sender="family").verdict == "held"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"name": "박철수"}, "other-name"),
        ({"birth_date": date(1984, 3, 1)}, "other-birth-date"),
        ({"registration_number": "840301-1000001"}, "other-registration"),
    ],
)
def test_a_strong_match_that_contradicts_itself_is_held(change: dict[str, object], why: str) -> None:
    match = told_again(replace(KIM, **change), KIM)  # type: ignore[arg-type]
    assert (match.verdict, match.candidates) == ("held", ("P0",))
    assert why in match.reasons


def test_twins_at_one_address_are_two_persons() -> None:
    twin = replace(KIM, name="김영숙", registration_number="480301-2111112", patient_number="00124")
    assert told_again(twin, KIM).verdict == "new"
    bare = Person(name="김영숙", birth_date=KIM.birth_date, phone=KIM.phone, address=KIM.address)
    assert told_again(bare, KIM).verdict == "new"


def test_identifiers_of_two_persons_in_one_notice_are_held() -> None:
    other = replace(KIM, name="김영희", registration_number="500505-2000001", patient_number="999", phone="010-9-9")
    told = replace(KIM, patient_number="999")
    match = told_again(told, KIM, other)
    assert match == Match("held", reasons=("several-persons",), candidates=("P0", "P1"))


def test_a_registration_number_that_differs_holds_even_name_birth_and_phone() -> None:
    told = replace(KIM, registration_number="480301-2999998", patient_number="")
    assert told_again(told, KIM).reasons == ("other-registration",)


def test_two_registration_numbers_prove_two_persons_of_one_name_and_phone() -> None:
    told = replace(MINIMAL, registration_number="760301-1999998")
    assert told_again(told, KIM).verdict == "new"


def test_two_known_persons_of_one_name_birth_date_and_phone_are_held() -> None:
    bare = Person(name="김영희", birth_date=KIM.birth_date, phone=KIM.phone)
    assert told_again(bare, bare, KIM, sender="family").candidates == ("P0", "P1")


def test_a_masked_registration_number_proves_nothing() -> None:
    kinds = [kind for kind, _ in index_terms(replace(KIM, registration_number="480301-2******"), "gm-hospital")]
    assert kinds == [
        *("patient-number", "name-birth-phone", "name-phone"),
        *("name-birth", "name-address", "birth-address", "birth-phone"),
    ]


def test_missing_fields_make_no_terms() -> None:
    assert index_terms(Person(), "gm-hospital") == ()
    assert index_terms(Person(name="김영희"), "gm-hospital") == ()


@pytest.mark.parametrize(
    "written",
    ["010-1234-5678", "01012345678", "+82-10-1234-5678", "+82 010 1234 5678", "0082 10 1234 5678", "1012345678"],
)
def test_one_phone_is_written_in_many_ways(written: str) -> None:
    assert normal_phone(written) == "01012345678"


def test_a_landline_keeps_its_own_number() -> None:
    assert normal_phone("02) 2680-1234") == "0226801234"
    assert normal_phone("+82 2 2680 1234") == "0226801234"
    assert normal_phone("none") == ""


@pytest.mark.parametrize(
    ("told", "verdict"), [("1948", "same"), ("1948-03", "same"), ("", "same"), ("1950", "held"), ("1948-04", "held")]
)
def test_a_year_or_month_of_birth_contradicts_another_one(told: str, verdict: str) -> None:
    known = Person(name="김영희", birth_date=date(1948, 3, 1), patient_number="1")
    assert told_again(Person(name="김영희", born_in=told, patient_number="1"), known).verdict == verdict


def test_names_are_compared_without_what_feeds_vary() -> None:
    decomposed = unicodedata.normalize("NFD", "김영희")
    assert decomposed != "김영희"
    assert normal_name("김 영희") == normal_name("김영희 ") == normal_name(decomposed)
    assert normal_name("Kim, Young-Hee") == normal_name("KIM YOUNGHEE")


people = st.builds(
    Person,
    name=st.sampled_from(["", "김영희", "박철수"]),
    birth_date=st.sampled_from([None, date(1948, 3, 1), date(1950, 1, 1)]),
    registration_number=st.sampled_from(["", "480301-2000001", "500101-1000000"]),
    patient_number=st.sampled_from(["", "1", "2"]),
    phone=st.sampled_from(["", "010-1234-5678", "02-123-4567"]),
)


@given(people, st.lists(people, max_size=3))
def test_nobody_joins_a_person_whose_name_or_birth_date_differs(told: Person, known: list[Person]) -> None:
    match = told_again(told, *known)
    if match.verdict == "same":
        same = known[int(match.person_id[1:])]
        assert not (told.name and same.name and told.name != same.name)
        assert not (told.birth_date and same.birth_date and told.birth_date != same.birth_date)
    else:
        assert match.person_id == ""
