"""Which of two cases of one person may be joined into which, and what a refusal says to do."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from handoff.fact import Person
from handoff.rules.identity import BIRTH, REGISTRATION, SEX, told_apart
from handoff.rules.joining import (
    CaseStanding,
    differing,
    gaps_filled,
    too_many_open,
    two_people,
    versions_filled,
    why_not,
)
from handoff.rules.versions import Origin, Version, added, standing
from handoff.vocabulary.details import Detail

NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
NEW = CaseStanding("C1", "")
CONSENTED = replace(NEW, consent="given")
PLANNED = replace(CONSENTED, plans=("approved",))
SERVED = replace(PLANNED, serves=True, support_began_at=NOW)
CLOSED = replace(PLANNED, closed=True)


def into(standing: CaseStanding, **more: object) -> CaseStanding:
    return replace(standing, case="C2", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "other"),
    [
        (NEW, NEW),
        (NEW, SERVED),
        (CONSENTED, NEW),
        (PLANNED, PLANNED),
        (SERVED, SERVED),
        (SERVED, replace(SERVED, serves=False)),  # its first service was delivered, and is over
        (CLOSED, NEW),
        (CLOSED, CLOSED),
    ],
)
def test_a_case_is_joined_into_one_that_is_as_far(case: CaseStanding, other: CaseStanding) -> None:
    assert why_not(case, into(other)) == ""


@pytest.mark.parametrize(
    ("case", "other", "says"),
    [
        (SERVED, replace(PLANNED, serves=True), "Support has begun in C1"),
        (PLANNED, CONSENTED, "has a plan in force"),
        (replace(PLANNED, serves=True), PLANNED, "has accepted lines"),
        (replace(CONSENTED, serves=True), CONSENTED, "has accepted lines"),  # an urgent one, before the decision
        (replace(PLANNED, serves=True, visits=True), replace(PLANNED, serves=True), "has visits"),
        (replace(PLANNED, visits=True), PLANNED, "has visits"),
        (NEW, CLOSED, "C2 is closed"),
    ],
)
def test_the_case_that_is_further_goes_on(case: CaseStanding, other: CaseStanding, says: str) -> None:
    refused = why_not(case, into(other))
    assert says in refused
    assert "`handoff join C2 --into C1`" in refused
    assert why_not(replace(other, case="C2"), replace(case, case="C1")) == ""


@pytest.mark.parametrize(
    ("case", "other", "says"),
    [
        (
            replace(PLANNED, serves=True),
            replace(PLANNED, serves=True, consent="withdrawn"),
            "handoff consent C2 --give",
        ),
        (PLANNED, replace(PLANNED, plans=("approved", "submitted")), "awaits its decision"),
        (NEW, replace(NEW, closing=True), "handoff reopen C2"),
        (replace(NEW, joined_into="C9"), NEW, "joined into C9"),
        (NEW, replace(NEW, joined_into="C9"), "joined into C9"),
    ],
)
def test_a_refusal_says_what_to_do_first(case: CaseStanding, other: CaseStanding, says: str) -> None:
    assert says in why_not(case, into(other))


def test_a_case_is_not_joined_into_itself() -> None:
    assert why_not(NEW, NEW) == "Case C1 cannot be joined into itself. Name another case after --into."


def test_gaps_are_filled_and_what_differs_is_named_without_its_words() -> None:
    ours = Person(name="김복순", phone="010-1", patient_number="1", birth_date=date(1948, 3, 2))
    theirs = Person(name="김복순", phone="010-2", patient_number="2", address="철산로 12")
    assert (differing(ours, theirs), gaps_filled(ours, theirs)) == (["phone"], ["address"])


def test_what_tells_persons_apart_and_what_decides_about_eligibility_is_not_filled_in() -> None:
    theirs = Person(registration_number="480302-2123456", patient_number="2", sex="F", severe_disability=True)
    assert gaps_filled(Person(name="김복순"), theirs) == []
    half = Person(contact_name="박지민", contact_phone="010-1")
    assert gaps_filled(Person(contact_name="박지은"), half) == []  # a name of one and a phone of the other


def test_a_word_in_the_case_counts_over_what_was_filled_in() -> None:
    def told(since: datetime, phone: str) -> Version:
        at = since + timedelta(days=1)
        return Version({"phone": phone}, at, Origin("gm-hospital", at, at, since=since))

    opened, other_opened = NOW, NOW + timedelta(days=20)
    taken = versions_filled({}, {Detail.PHONE: [told(other_opened, "010-1")]}, [Detail.PHONE], opened)
    assert [one.origin.since for one in taken[Detail.PHONE]] == [opened]
    at = other_opened + timedelta(days=2)
    word = Version({"phone": "010-2"}, at, Origin("gm-hospital", at, at, since=opened))
    stands = standing(Detail.PHONE, added(Detail.PHONE, taken[Detail.PHONE], word))
    assert stands is not None
    assert stands.counts.values == {"phone": "010-2"}


def test_one_person_never_has_two_open_cases_by_a_link() -> None:
    assert too_many_open("C2", [], into_closed=False) == ""
    assert "`handoff join C3 --into C2`" in too_many_open("C2", ["C3"], into_closed=False)
    assert too_many_open("C2", ["C3"], into_closed=True) == ""
    assert "C3 and C4" in too_many_open("C2", ["C3", "C4"], into_closed=True)


BORN = Person(birth_date=date(1948, 3, 2), sex="F", registration_number="480302-2123456")


@pytest.mark.parametrize(
    ("other", "apart"),
    [
        (Person(), set()),
        (Person(sex="여", registration_number="4803022123456"), set()),  # the same in another spelling
        (Person(born_in="1948-03"), set()),
        (Person(born_in="1947"), {BIRTH}),
        (Person(birth_date=date(1948, 3, 3), sex="M"), {BIRTH, SEX}),
        (Person(registration_number="480302-2765432"), {REGISTRATION}),
    ],
)
def test_what_says_that_two_records_are_those_of_two_people(other: Person, apart: set[str]) -> None:
    assert told_apart(BORN, other) == told_apart(other, BORN) == apart
    assert bool(two_people("C1", apart, checked=False)) == bool(apart)


def test_another_birth_date_or_sex_is_joined_once_somebody_has_found_out_and_another_number_never() -> None:
    assert "different birth dates and another sex" in two_people("C1", {BIRTH, SEX}, checked=False)
    assert "--one-person" in two_people("C1", {SEX}, checked=False)
    assert two_people("C1", {BIRTH, SEX}, checked=True) == ""
    assert two_people("C1", {REGISTRATION}, checked=True)
