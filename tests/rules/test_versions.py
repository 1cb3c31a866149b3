"""What counts of several words on a person, and where they contradict each other."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.fact import Person
from handoff.rules.versions import MOST, Origin, Version, added, agree, merged, quite_different, standing
from handoff.store.versions_json import of_an_earlier_build, read_versions, versions_as_json
from handoff.vocabulary.details import Detail

MAY = datetime(2026, 5, 4, 9, tzinfo=UTC)
HOSPITAL, DAUGHTER, INSURER, DESK = ("gm-hospital", ""), ("desk", "relative"), ("nhis", ""), ("desk", "person")
X, Y, Z = "010-1111-1111", "010-2222-2222", "010-3333-3333"


def says(who: tuple[str, str], phone: str, day: float = 0, **more: Any) -> Version:
    """A word on the phone, some days after the case was opened."""
    at = MAY + timedelta(days=day)
    named = {"since": MAY, "told_by": who[1], "knows": who != DAUGHTER, "message": f"{who}-{day}", **more}
    return Version({"phone": phone}, at, Origin(who[0], at, at, **named))


def all_of(*words: Version) -> list[Version]:
    listed: list[Version] = []
    for word in words:
        listed = added(Detail.PHONE, listed, word)
    return listed


def counts(*words: Version) -> tuple[str, list[str]]:
    """The phone that counts, and who contradicts it."""
    stands = standing(Detail.PHONE, all_of(*words))
    assert stands is not None
    return stands.counts.values["phone"], [":".join(filter(None, one.origin.who)) for one in stands.against]


def test_a_later_word_of_the_same_hospital_is_a_correction_and_no_contradiction() -> None:
    assert counts(says(HOSPITAL, X), says(HOSPITAL, Y, 2)) == (Y, [])


def test_a_daughter_who_says_otherwise_than_the_hospital_is_asked_about() -> None:
    assert counts(says(HOSPITAL, X), says(DAUGHTER, Y, 60)) == (X, ["desk:relative"])
    assert counts(says(HOSPITAL, X), says(HOSPITAL, X, 90), says(DAUGHTER, Y, 60)) == (X, ["desk:relative"])


def test_two_institutions_contradict_each_other_within_the_same_month_only() -> None:
    assert counts(says(HOSPITAL, X), says(INSURER, Y, 10)) == (Y, ["gm-hospital"])
    assert counts(says(HOSPITAL, X), says(INSURER, Y, 40)) == (Y, [])


def test_what_a_source_takes_back_is_taken_back_for_those_who_said_the_same_before() -> None:
    assert counts(says(HOSPITAL, X), says(INSURER, X, 1), says(HOSPITAL, Y, 5)) == (Y, [])


def test_who_writes_the_same_in_another_way_contradicts_nobody() -> None:
    assert counts(says(HOSPITAL, X), says(INSURER, "+82 10-1111-1111", 3))[1] == []


def test_what_a_person_settled_counts_over_all_before_and_over_who_repeats_it() -> None:
    settled = says(DESK, Z, 3, settles=True)
    before = says(HOSPITAL, X), says(DAUGHTER, Y, 1)
    assert counts(*before, settled) == (Z, [])
    assert counts(*before, settled, says(HOSPITAL, X, 9), says(INSURER, Y, 10)) == (Z, [])
    assert counts(*before, settled, says(HOSPITAL, "010-9999-8888", 9))[0] == "010-9999-8888"


def test_a_later_case_begins_with_its_own_words_whoever_says_them() -> None:
    later = MAY + timedelta(days=200)
    assert counts(says(HOSPITAL, X), says(DESK, Y, 1, settles=True), says(DAUGHTER, Z, 200, since=later)) == (Z, [])


def test_what_an_earlier_build_kept_counts_until_somebody_says_otherwise() -> None:
    person = Person("김복순", date(1948, 3, 2), phone=X)
    kept = of_an_earlier_build(person, {"phone": [1, MAY.isoformat(), 0, "m1"]})
    assert set(kept) == {Detail.NAME, Detail.BIRTH, Detail.PHONE}
    assert standing(Detail.PHONE, added(Detail.PHONE, kept[Detail.PHONE], says(HOSPITAL, Y, 1))).counts.values == {  # type: ignore[union-attr]
        "phone": Y
    }
    assert read_versions(versions_as_json(kept)) == kept


def test_a_date_of_birth_that_is_told_less_closely_leaves_the_day_known() -> None:
    day, year = ({"birth_date": date(1948, 3, 2), "born_in": ""}, {"birth_date": None, "born_in": "1948"})
    words = [
        Version(value, MAY, Origin(who, MAY + timedelta(days=n), MAY, MAY))
        for n, (who, value) in enumerate([("gm-hospital", day), ("gm-hospital", year)])
    ]
    listed = added(Detail.BIRTH, added(Detail.BIRTH, [], words[0]), words[1])
    stands = standing(Detail.BIRTH, listed)
    assert stands is not None
    assert stands.counts.values == day


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("경기도 광명시 철산로 12 (철산동)", "경기 광명시 철산로 12, 101동 302호", True),
        ("경기도 광명시 철산로 12", "경기도 광명시 철산로 1", False),
        ("경기도 광명시 중앙로 1", "서울특별시 중구 중앙로 1", False),
        ("광명시 철산로 12 101동 302호", "광명시 철산로 12 105동 201호", False),
    ],
)
def test_an_address_in_other_words_is_the_same_address(one: str, other: str, *, same: bool) -> None:
    assert agree(Detail.ADDRESS, {"address": one}, {"address": other}) is same


def test_a_name_with_one_other_letter_is_a_slip_and_another_name_is_asked_about() -> None:
    assert not quite_different(Detail.NAME, {"name": "김복순"}, {"name": "김복선"})
    assert quite_different(Detail.NAME, {"name": "김복순"}, {"name": "박영희"})
    assert quite_different(Detail.BIRTH, {"birth_date": date(1948, 3, 2)}, {"birth_date": date(1951, 11, 2)})


WORDS = st.builds(
    says,
    st.sampled_from([HOSPITAL, DAUGHTER, INSURER, DESK]),
    st.sampled_from([X, Y, Z]),
    st.integers(0, 60),
    settles=st.booleans(),
    since=st.sampled_from([MAY, MAY + timedelta(days=30)]),
)


@given(st.lists(WORDS, max_size=8, unique_by=lambda word: (word.origin.who, word.origin.written_at)), st.randoms())
def test_the_order_in_which_words_come_changes_nothing(words: list[Version], chance: Any) -> None:
    shuffled = list(words)
    chance.shuffle(shuffled)
    assert all_of(*words) == all_of(*shuffled)
    half = len(words) // 2
    one, other = ({Detail.PHONE: all_of(*part)} for part in (words[:half], words[half:]))
    if words:
        assert standing(Detail.PHONE, merged(one, other)[Detail.PHONE]) == standing(Detail.PHONE, all_of(*words))


@given(st.lists(st.integers(0, 200), min_size=MOST, max_size=3 * MOST, unique=True))
def test_of_many_words_the_latest_are_kept(days: list[int]) -> None:
    listed = all_of(*(says(HOSPITAL, f"010-4444-{day:04}", day) for day in days))
    assert len(listed) == MOST
    assert standing(Detail.PHONE, listed).counts.values == {"phone": f"010-4444-{max(days):04}"}  # type: ignore[union-attr]
