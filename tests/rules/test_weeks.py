from datetime import datetime, timedelta

import pytest

from handoff.profile.load import load
from handoff.rules.weeks import week_named, week_of
from handoff.timezone import KST

STATUTORY, DEMO = load("gwangmyeong"), load("demo")


@pytest.mark.parametrize(
    ("moment", "name", "begins"),
    [
        ("2026-11-23T00:00", "2026-W48", "2026-11-23T00:00"),
        ("2026-11-29T23:59", "2026-W48", "2026-11-23T00:00"),
        ("2026-11-30T00:00", "2026-W49", "2026-11-30T00:00"),
        ("2027-01-01T12:00", "2026-W53", "2026-12-28T00:00"),  # a week belongs to the year of its Thursday
        ("2027-01-04T00:00", "2027-W01", "2027-01-04T00:00"),
    ],
)
def test_a_week_lasts_from_monday_to_sunday_in_korea(moment: str, name: str, begins: str) -> None:
    week = week_of(datetime.fromisoformat(moment).replace(tzinfo=KST), STATUTORY)
    assert (week.name, week.begins) == (name, datetime.fromisoformat(begins).replace(tzinfo=KST))
    assert week.ends - week.begins == timedelta(days=7)
    assert week_named(name, STATUTORY) == week


def test_a_week_of_the_demonstration_is_short_and_follows_the_one_before() -> None:
    moment = datetime(2026, 11, 25, 10, 0, 1, tzinfo=KST)
    week = week_of(moment, DEMO)
    assert week.begins <= moment < week.ends
    assert week.ends - week.begins == timedelta(seconds=7 * 8)
    assert week_named(week.name, DEMO) == week
    assert week_of(week.ends, DEMO).begins == week.ends


NO_WEEKS = [
    "",
    "2026-48",
    "2026-W60",
    "2026-W54",
    "2025-W53",
    "2026-W00",
    "2026-W48.1",
    "next week",
    "9999-W52",
    "0001-W01",
]


@pytest.mark.parametrize("name", [*NO_WEEKS, "٢٠٢٦-W48"])
def test_what_is_no_week_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is not a week: write it like 2026-W48"):
        week_named(name, STATUTORY)


@pytest.mark.parametrize("name", ["2026-W48", "2026-W48.99999", "2026-W48.007", "9999-W52.1"])
def test_what_is_no_week_of_the_demonstration_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"is not a week: write it like 2026-W48\.12"):
        week_named(name, DEMO)
