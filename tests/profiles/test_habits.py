"""What may stand as a habit in an institution's entry, and what a mistake says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handoff.profile.files import ProfileError
from handoff.profile.load import load
from handoff.profile.register import USUAL, Habits
from handoff.vocabulary.states import StayClass

ENTRY = 'extends = "gwangmyeong"\n[[institutions]]\ncode = "gm-hospital"\n'
WINTER = datetime(2026, 1, 15, 12)  # noqa: DTZ001


def habits(folder: Path, lines: str) -> Habits:
    file = folder / "here.toml"
    file.write_text(ENTRY + lines, encoding="utf-8")
    return load(file).habits_of("gm-hospital")


def test_all_habits_stand_in_the_entry(tmp_path: Path) -> None:
    lines = (
        'event_stamped = true\ndispositions."D9" = "died"\nclasses = { "ip" = "inpatient", "외" = "outpatient" }\n'
        'ignored = ["a08", "R01"]\nzone = "UTC"\ncharset = "cp949"\n'
    )
    assert habits(tmp_path, lines).model_dump(include=set(Habits.model_fields)) == {
        "event_stamped": True,
        "dispositions": {"D9": "died"},
        "classes": {"IP": StayClass.INPATIENT, "외": StayClass.OUTPATIENT},
        "ignored": ("A08", "R01"),
        "zone": "UTC",
        "charset": "cp949",
    }


def test_an_entry_without_habits_changes_nothing(tmp_path: Path) -> None:
    assert habits(tmp_path, "").model_dump(include=set(Habits.model_fields)) == USUAL.model_dump()
    assert USUAL.timezone is None


@pytest.mark.parametrize(
    ("zone", "ahead"),
    [
        ("UTC", 0),
        ("Asia/Seoul", 9),
        ("Asia/Shanghai", 8),
        ("+09:00", 9),
        ("+0800", 8),
        ("-05:00", -5),
        ("+00:00", 0),
        ("America/New_York", -5),
    ],
)
def test_a_zone_is_a_name_or_an_offset(zone: str, ahead: int) -> None:
    timezone = Habits(zone=zone).timezone
    assert timezone is not None
    assert WINTER.replace(tzinfo=timezone).astimezone(UTC) == WINTER.replace(tzinfo=UTC) - timedelta(hours=ahead)


@pytest.mark.parametrize(
    "charset", ["utf-8", "cp949", "euc-kr", "iso2022_kr", "utf-16-le", "latin-1", "shift_jis", "KS X 1001"]
)
def test_a_character_set_is_one_that_decodes(charset: str) -> None:
    assert "MSH|".encode(Habits(charset=charset).charset).decode(charset) == "MSH|"


@pytest.mark.parametrize(
    ("line", "key", "says"),
    [
        ('zone = "Korea time"', "zone", 'such as "Asia/Tokyo", "UTC" or "\\+09:00"'),
        ('zone = "+25:00"', "zone", "not a time zone"),
        ('zone = "+09:70"', "zone", "not a time zone"),
        ('zone = "../etc/passwd"', "zone", "not a time zone"),
        ('zone = "Asia"', "zone", "not a time zone"),
        ('charset = "Hangul"', "charset", 'such as "utf-8", "cp949"'),
        ('charset = "rot13"', "charset", "not a character set"),
        ('charset = "hex"', "charset", "not a character set"),
        ('charset = "undefined"', "charset", "not a character set"),
        ('ignored = ["ADT^A08"]', "ignored", 'such as "A08"'),
        ('ignored = ["A03"]', "ignored", "A03 says that a person came or left"),
        ('ignored = ["A08", "a13"]', "ignored", "A13 says that a person came or left"),
        ('classes = { "1" = "in" }', "classes.1", "'inpatient'"),
        ('classes = { " " = "inpatient" }', "classes", "must not be empty"),
        ('dispositions = { "" = "home" }', "dispositions", "must not be empty"),
        (
            'dispositions = { "77" = "somewhere" }',
            "dispositions.77",
            "'home', 'died', 'another-hospital', 'still-a-patient' or 'elsewhere'",
        ),
        ('event_stamped = "perhaps"', "event_stamped", "boolean"),
        ("event_stampd = true", "event_stampd", "not permitted"),
    ],
)
def test_a_mistake_names_institution_and_habit_and_says_what_to_write(
    tmp_path: Path, line: str, key: str, says: str
) -> None:
    with pytest.raises(ProfileError, match=says) as refused:
        habits(tmp_path, line + "\n")
    [mistake] = refused.value.mistakes
    assert mistake.key.startswith(f"institutions.gm-hospital.{key}")
