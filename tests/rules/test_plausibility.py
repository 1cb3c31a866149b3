from datetime import UTC, date, datetime, timedelta

import pytest

from handoff.fact import Discharge, Person
from handoff.rules.plausibility import doubts

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def codes(told: Discharge | None, born: date | None = None) -> list[str]:
    return [doubt.code for doubt in doubts(told, Person(birth_date=born), NOW)]


def test_a_plain_discharge_leaves_no_doubt() -> None:
    told = Discharge(expected_at=NOW, discharged_at=NOW, admitted_at=NOW - 9 * DAY, disposition="01")
    assert codes(told, date(1948, 3, 1)) == []
    assert doubts(None, None, NOW) == ()


def test_a_death_in_hospital_without_contradiction_leaves_no_doubt() -> None:
    told = Discharge(admitted_at=NOW - 9 * DAY, discharged_at=NOW, died_at=NOW, death=True, disposition="20")
    assert codes(told) == []


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (Discharge(discharged_at=NOW - DAY, admitted_at=NOW), ["discharge-before-admission"]),
        (Discharge(expected_at=NOW - DAY, admitted_at=NOW), ["expected-before-admission"]),
        (Discharge(expected_at=NOW - 9 * DAY, admitted_at=NOW - 8 * DAY, discharged_at=NOW), []),  # decides nothing
        (Discharge(expected_at=NOW + 400 * DAY, discharged_at=NOW), []),
        (Discharge(discharged_at=NOW, died_at=NOW - DAY, death=True), ["death-before-discharge"]),
        (Discharge(admitted_at=NOW, died_at=NOW - DAY, death=True), ["death-before-admission"]),
        (Discharge(death=True, disposition="01"), ["death-but-home"]),
        (Discharge(death=True, disposition=" Home "), ["death-but-home"]),
        (Discharge(discharged_at=NOW - DAY, died_at=NOW, death=True, disposition="01"), []),  # died at home
        (Discharge(discharged_at=NOW, death=True, disposition="01"), ["death-but-home"]),
        (Discharge(discharged_at=NOW, disposition="20"), ["disposition-says-death"]),
        (Discharge(discharged_at=NOW, disposition="사망퇴원"), ["disposition-says-death"]),
        (Discharge(discharged_at=NOW, disposition="Expired at home"), ["disposition-says-death"]),
        (Discharge(death=True, alive=True), ["death-denied"]),
        (Discharge(death=True, disposition="X1", goes="home"), ["death-but-home"]),
        (Discharge(discharged_at=NOW + 2 * DAY), ["discharge-in-future"]),
        (Discharge(discharged_at=NOW - 400 * DAY), ["discharge-long-past"]),
        (Discharge(expected_at=NOW + 400 * DAY), ["expected-in-future"]),
        (Discharge(admitted_at=NOW + 2 * DAY), ["admission-in-future"]),
        (Discharge(admitted_at=NOW - 40 * 365 * DAY), ["admission-long-past"]),
        (Discharge(died_at=NOW + 2 * DAY, death=True), ["death-in-future"]),
    ],
)
def test_a_date_that_makes_no_sense_is_a_doubt(told: Discharge, expected: list[str]) -> None:
    assert codes(told) == expected


def test_a_person_who_dies_in_hospital_is_discharged_afterwards() -> None:
    assert codes(Discharge(discharged_at=NOW, died_at=NOW - DAY / 4, death=True, disposition="20")) == []


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        (date(2027, 1, 1), ["birth-in-future", "birth-after-discharge"]),
        (date(1880, 1, 1), ["birth-long-past"]),
        (date(2026, 11, 22), []),
    ],
)
def test_a_birth_date_that_makes_no_sense_is_a_doubt(born: date, expected: list[str]) -> None:
    assert codes(Discharge(discharged_at=NOW), born) == expected


@pytest.mark.parametrize(
    ("number", "born", "expected"),
    [
        ("430214-2123456", date(1950, 1, 1), ["birth-date-differs"]),
        ("4302142123456", date(1943, 2, 15), ["birth-date-differs"]),
        ("430214-4123456", date(1943, 2, 14), ["birth-date-differs"]),
        ("430214-2123456", date(1943, 2, 14), []),
        ("030214-3123456", date(2003, 2, 14), []),
        ("430214-6123456", date(1943, 2, 14), []),
        ("430214-2******", date(1950, 1, 1), []),
        ("439914-2123456", date(1950, 1, 1), []),
        ("430214-2123456", None, []),
        ("", date(1950, 1, 1), []),
    ],
)
def test_a_registration_number_of_another_birth_date_is_a_doubt(
    number: str, born: date | None, expected: list[str]
) -> None:
    person = Person(registration_number=number, birth_date=born)
    assert [doubt.code for doubt in doubts(None, person, NOW)] == expected


@pytest.mark.parametrize(
    ("born_in", "expected"),
    [("1943", []), ("1943-02", []), ("1950", ["birth-date-differs"]), ("1943-03", ["birth-date-differs"])],
)
def test_so_is_one_of_another_year_or_month_of_birth(born_in: str, expected: list[str]) -> None:
    person = Person(registration_number="430214-2123456", born_in=born_in)
    assert [doubt.code for doubt in doubts(None, person, NOW)] == expected


def test_an_expected_discharge_next_week_and_a_clock_an_hour_ahead_are_no_doubts() -> None:
    assert codes(Discharge(expected_at=NOW + 7 * DAY)) == []
    assert codes(Discharge(discharged_at=NOW + timedelta(hours=1))) == []


def test_every_doubt_names_its_place_and_no_personal_data() -> None:
    told = Discharge(discharged_at=NOW, died_at=NOW - DAY, death=True, disposition="01")
    found = doubts(told, Person(name="김영희", birth_date=date(1880, 5, 17)), NOW)
    assert {doubt.place for doubt in found} == {
        "discharge.died_at",
        "discharge.disposition",
        "person.birth_date",
    }
    assert not any("김영희" in doubt.says or "1880" in doubt.says for doubt in found)


@pytest.mark.parametrize(
    ("precision", "doubted"),
    [({}, True), ({"discharged_at": 60}, False), ({"discharged_at": 30}, True), ({"admitted_at": 60}, True)],
)
def test_moments_are_compared_as_closely_as_the_earlier_was_told(precision: dict[str, int], *, doubted: bool) -> None:
    told = Discharge(discharged_at=NOW, admitted_at=NOW + timedelta(seconds=30), precision=precision)
    assert (codes(told) == ["discharge-before-admission"]) == doubted
