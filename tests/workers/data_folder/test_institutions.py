"""An institution joins a municipality while everything runs."""

from pathlib import Path

import pytest

from console.registration import AlreadyRegisteredError, Entry
from handoff.profile.files import ProfileError
from workers.data_folder import institutions
from workers.data_folder.institutions import CurrentProfile

ST_MARY = Entry("st-mary", 'St. "Mary" (성모)', "hospital")


def test_an_institution_joins_those_of_the_profile(tmp_path: Path) -> None:
    profile = institutions.add(tmp_path, ST_MARY)
    assert {"st-mary", "gm-hospital"} <= set(profile.topics())
    assert (profile.code, profile.version) == ("gwangmyeong", 1)
    found = profile.institution("st-mary")
    assert found is not None
    assert (found.name, found.role) == (ST_MARY.name, "hospital")
    assert institutions.own_codes(tmp_path) == {"st-mary"}


@pytest.mark.parametrize("code", ["st-mary", "gm-hospital", "gm-meals-01", "desk", "engine", "broker"])
def test_a_code_that_is_taken_is_refused_and_nothing_changes(tmp_path: Path, code: str) -> None:
    institutions.add(tmp_path, ST_MARY)
    before = institutions.text_of(tmp_path)
    with pytest.raises(AlreadyRegisteredError, match=code):
        institutions.add(tmp_path, Entry(code, "somebody", "hospital"))
    assert institutions.text_of(tmp_path) == before


@pytest.mark.parametrize("entry", [Entry("St.Mary", "x", "hospital"), Entry("x", "x", "bakery")])
def test_an_entry_that_makes_no_profile_is_refused_by_its_key(tmp_path: Path, entry: Entry) -> None:
    with pytest.raises(ProfileError) as refused:
        institutions.add(tmp_path, entry)
    assert refused.value.mistakes[0].file == str(tmp_path / institutions.FILE)
    assert list(tmp_path.iterdir()) == []


def test_habits_stay_when_the_institution_is_changed_or_another_one_added(tmp_path: Path) -> None:
    institutions.add(tmp_path, ST_MARY)
    register = tmp_path / institutions.FILE
    lines = 'dispositions."D9" = "died"  # 3 messages\nclasses."1" = "inpatient"\nignored = ["A08"]\nzone = "UTC"\n'
    register.write_text(register.read_text() + lines)
    institutions.change(tmp_path, "st-mary", {"name": "St. Mary"})
    profile = institutions.add(tmp_path, Entry("st-rose", "St. Rose", "hospital"))
    habits = profile.habits_of("st-mary")
    assert (habits.dispositions, habits.classes) == ({"D9": "died"}, {"1": "inpatient"})
    assert (habits.ignored, habits.zone) == (("A08",), "UTC")
    assert profile.habits_of("st-rose").ignored == ()
    assert lines in register.read_text()


def test_an_institution_stays_when_the_municipality_takes_another_profile(tmp_path: Path) -> None:
    institutions.add(tmp_path, ST_MARY)
    profile = institutions.choose(tmp_path, "demo")
    assert profile.code == "demo"
    assert profile.institution("st-mary")
    assert institutions.chosen(tmp_path) == "demo"


def test_a_profile_with_a_mistake_is_not_chosen(tmp_path: Path) -> None:
    institutions.choose(tmp_path, "demo")
    broken = tmp_path / "broken.toml"
    broken.write_text('extends = "gwangmyeong"\nowners = []\n')
    with pytest.raises(ProfileError, match="owners"):
        institutions.choose(tmp_path, str(broken))
    assert institutions.chosen(tmp_path) == "demo"


def test_whoever_runs_already_knows_a_new_institution_at_its_next_record(tmp_path: Path) -> None:
    current = CurrentProfile(tmp_path)
    assert current().institution("st-mary") is None
    institutions.add(tmp_path, ST_MARY)
    assert current().institution("st-mary")
    institutions.take_back(tmp_path, None)
    assert current().institution("st-mary") is None


def test_a_register_broken_by_hand_leaves_the_one_before_in_force(tmp_path: Path) -> None:
    institutions.add(tmp_path, ST_MARY)
    current = CurrentProfile(tmp_path)
    (tmp_path / institutions.FILE).write_text('extends = "gwangmyeong"\n[[institutions]]\ncode = "no-name"\n')
    assert current().institution("st-mary")
