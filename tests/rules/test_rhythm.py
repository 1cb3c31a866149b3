from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.profile.model import Profile
from handoff.rules.rhythm import Rhythm, RhythmChange, Series, dates, occurrences, weekdays_from
from handoff.rules.series import dates_to_come, next_date
from handoff.store.record.plans import LineRow
from handoff.store.record.visits import VisitRow
from handoff.timezone import KST
from tests.rules.profiles import DEMO, GWANGMYEONG


def korea(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KST)


def on_holiday(word: str) -> Profile:
    visits = GWANGMYEONG.visits.model_validate({**GWANGMYEONG.visits.model_dump(), "on_holiday": word})
    return GWANGMYEONG.model_copy(update={"visits": visits})


def days(first: str, quantity: int, per: str, number: int, profile: Profile = GWANGMYEONG, **more: Any) -> list[str]:
    """The dates after the first visit; a skipped one is marked with `-`, a moved one with its day in the rhythm."""
    written = []
    for each in islice(occurrences(Rhythm(korea(first), quantity, per, **more), korea(first), profile), number):
        day = f"{each.slot:%m-%d}"
        written.append(
            f"-{day}" if each.planned_at is None else f"{each.planned_at:%m-%d}" + f"<{day}" * bool(each.holiday)
        )
    return written


# Worked out on the calendar: Chuseok 2026 is Thu 24 to Sat 26 September; 5 October (Mon) is a substitute holiday;
# New Year's Day 2027 is a Friday; the lunar New Year is Sat 6 to Mon 8 February, with Tue 9 as the substitute.
HOLIDAYS = [
    ("2026-09-18T10:00", 1, ["09-28<09-25", "10-02", "10-12<10-09", "10-16"], "Fridays over Chuseok and Hangul Day"),
    ("2026-09-17T10:00", 1, ["09-28<09-24", "10-01", "10-08"], "Thursdays over Chuseok"),
    ("2026-09-28T10:00", 1, ["10-06<10-05", "10-12"], "Mondays over a substitute holiday"),
    ("2026-12-18T10:00", 1, ["12-28<12-25", "01-04<01-01", "01-08", "01-15"], "Fridays over Christmas and New Year"),
    ("2027-01-25T10:00", 1, ["02-01", "02-10<02-08", "02-15", "02-22"], "Mondays over the lunar New Year"),
    ("2027-02-02T10:00", 1, ["02-10<02-09", "02-16"], "Tuesdays over the lunar New Year"),
    ("2028-09-19T10:00", 1, ["09-26", "10-06<10-03", "10-10"], "Tuesdays over Chuseok 2028"),
    ("2029-09-07T10:00", 1, ["09-14", "09-25<09-21", "09-28"], "Fridays over Chuseok 2029"),
    ("2028-01-13T10:00", 1, ["01-20", "01-31<01-27", "02-03"], "Thursdays over the lunar New Year 2028"),
    ("2029-01-30T10:00", 1, ["02-06", "02-15<02-13", "02-20"], "Tuesdays over the lunar New Year 2029"),
    ("2026-09-19T10:00", 1, ["09-28<09-26", "10-06<10-03", "10-10"], "a Saturday that a provider named"),
    ("2026-09-21T10:00", 2, ["-09-24", "09-28", "10-01", "10-06<10-05", "10-08"], "Mondays and Thursdays"),
    ("2026-09-23T10:00", 5, ["-09-24", "-09-25", "09-28", "09-29"], "each working day"),
    ("2026-09-23T10:00", 7, ["09-24", "09-25", "09-26"], "meals go on through holidays"),
]


@pytest.mark.parametrize(("first", "quantity", "expected", "why"), HOLIDAYS)
def test_a_holiday_moves_one_visit_and_never_the_rest(first: str, quantity: int, expected: list[str], why: str) -> None:
    assert days(first, quantity, "week", len(expected)) == expected, why


@pytest.mark.parametrize(
    ("first", "per", "expected"),
    [
        ("2026-09-18T10:00", "week", ["-09-25", "10-02", "-10-09"]),
        ("2027-01-25T10:00", "week", ["02-01", "-02-08", "02-15"]),
        ("2026-08-25T10:00", "month", ["-09-25", "10-26<10-25", "11-25"]),  # 25 October is a Sunday, and no holiday
    ],
)
def test_a_profile_may_skip_visits_on_holidays(first: str, per: str, expected: list[str]) -> None:
    assert days(first, 1, per, len(expected), on_holiday("skip")) == expected


@pytest.mark.parametrize(
    ("first", "quantity", "expected"),
    [
        # 31 January 2026: 28 February is a Saturday before three days off, 31 May a Sunday.
        ("2026-01-31T10:00", 1, ["03-03<02-28", "03-31", "04-30", "06-01<05-31", "06-30", "07-31", "08-31"]),
        ("2026-03-09T10:00", 1, ["04-09", "05-11<05-09", "06-09", "07-09"]),
        ("2026-03-09T10:00", 2, ["03-24", "04-09", "04-24", "05-11<05-09", "05-26<05-24"]),
        ("2026-10-31T10:00", 1, ["11-30", "12-31", "02-01<01-31", "03-02<02-28", "03-31"]),
    ],
)
def test_a_month_keeps_its_day(first: str, quantity: int, expected: list[str]) -> None:
    assert days(first, quantity, "month", len(expected)) == expected


@pytest.mark.parametrize(
    ("first", "quantity", "weekdays"),
    [
        ("2026-11-02", 1, (0,)),
        ("2026-11-07", 1, (5,)),
        ("2026-11-02", 2, (0, 3)),
        ("2026-11-03", 2, (1, 4)),
        ("2026-11-05", 2, (0, 3)),
        ("2026-11-06", 2, (1, 4)),
        ("2026-11-07", 2, (0, 3)),
        ("2026-11-02", 3, (0, 2, 4)),
        ("2026-11-03", 3, (0, 1, 3)),
        ("2026-11-08", 6, (1, 2, 3, 4, 5, 6)),
        ("2026-11-02", 7, (0, 1, 2, 3, 4, 5, 6)),
    ],
)
def test_weekdays_that_nobody_named_follow_from_the_first_visit(
    first: str, quantity: int, weekdays: tuple[int, ...]
) -> None:
    named = weekdays_from(Rhythm(korea(f"{first}T10:00"), quantity, "week"))
    assert named == weekdays
    assert len(named) == quantity
    assert quantity == 1 or korea(f"{first}T10:00").weekday() in (*named, 5, 6)


def test_weekdays_that_a_plan_names_are_kept_over_a_holiday() -> None:
    assert days("2026-09-15T10:00", 2, "week", 6, weekdays=(1, 4)) == [
        "09-18",
        "09-22",
        "09-28<09-25",
        "09-29",
        "10-02",
        "10-06",
    ]


@pytest.mark.parametrize("quantity", [1, 2, 3, 4, 5, 6, 7, 10, 14])
def test_a_week_without_holidays_has_as_many_visits_as_were_planned(quantity: int) -> None:
    first = korea("2026-11-02T10:00")
    seen = [each.planned_at for each in islice(occurrences(Rhythm(first, quantity, "week"), first, GWANGMYEONG), 80)]
    whole = [each for each in seen if each and korea("2026-11-09T00:00") <= each < korea("2026-11-30T00:00")]
    assert len(whole) == 3 * (quantity if quantity <= 7 else 14)


moments = st.integers(0, 1_000_000).map(lambda each: korea("2026-01-01T00:00") + timedelta(minutes=each))


@settings(max_examples=150)
@given(moments, st.integers(1, 40), st.sampled_from(["day", "week", "month"]))
def test_visits_come_one_after_another_and_never_at_night(first: datetime, quantity: int, per: str) -> None:
    for profile in (GWANGMYEONG, DEMO):
        coming = list(islice(occurrences(Rhythm(first, quantity, per), first, profile), 40))
        planned = [each.planned_at for each in coming if each.planned_at]
        assert first < planned[0]
        assert planned == sorted(set(planned))
        assert [each.slot for each in coming] == sorted({each.slot for each in coming})
        if profile is GWANGMYEONG:
            assert all(each.time() == first.time() or 9 <= each.hour < 18 for each in planned)


@pytest.mark.parametrize(("quantity", "per"), [(0, "week"), (1, "year"), (1, "")])
def test_there_is_no_series_without_a_pace(quantity: int, per: str) -> None:
    with pytest.raises(ValueError, match="no series"):
        next(occurrences(Rhythm(korea("2026-03-09T10:00"), quantity, per), korea("2026-03-09T10:00"), GWANGMYEONG))


def test_a_change_counts_from_its_day_on_and_the_end_cuts_the_series() -> None:
    first = korea("2026-11-02T10:00")
    changes = (RhythmChange(korea("2026-11-16T00:00"), 2, (1, 3)), RhythmChange(korea("2026-11-25T00:00"), 1, (4,)))
    series = Series(Rhythm(first, 1, "week"), korea("2026-12-05T10:00"), changes)
    assert [f"{each.slot:%m-%d}" for each in dates(series, first, GWANGMYEONG)] == [
        "11-09",
        "11-17",
        "11-19",
        "11-24",
        "11-27",
        "12-04",
    ]


def row(number: int, planned: str, **more: Any) -> VisitRow:
    return VisitRow(f"C.1.V{number}", "C.1", "C", "C.1.O1", number, "p", "completed", korea(planned), **more)


WEEKLY = LineRow("C.1", "C", 1, "household-help", "series", 1, per="week", days=28)


@pytest.mark.parametrize(
    ("visits", "coming", "why"),
    [
        ([row(1, "2026-11-03T10:00", named_by="provider")], ["11-10", "11-17", "11-24"], "Tuesdays"),
        (
            [
                row(1, "2026-11-03T10:00", named_by="provider"),
                row(2, "2026-11-12T15:00", slot=korea("2026-11-10T10:00")),
            ],
            ["11-17", "11-24"],
            "one visit was moved",
        ),
        (
            [row(1, "2026-11-03T10:00"), row(2, "2026-11-12T10:00")],
            ["11-17", "11-24"],
            "visits of an older build have no place: the next Tuesday follows",
        ),
        (
            [row(1, "2026-11-03T10:00", named_by="provider"), row(2, "2026-11-06T10:00", makes_up="C.1.V1")],
            ["11-10", "11-17", "11-24"],
            "a make-up visit moves nothing",
        ),
        (
            [
                row(1, "2026-11-03T10:00", named_by="provider"),
                row(2, "2026-11-12T10:00", named_by="provider", slot=korea("2026-11-12T10:00")),
            ],
            ["11-19", "11-26"],
            "another provider named a first visit of its own",
        ),
        ([row(1, "2026-11-07T10:00", named_by="engine")], ["11-09", "11-16", "11-23", "11-30"], "not on Saturdays"),
        ([row(1, "2026-11-07T10:00", named_by="provider")], ["11-14", "11-21", "11-28"], "Saturdays, as named"),
    ],
)
def test_the_dates_of_a_line_hang_on_its_first_visit(visits: list[VisitRow], coming: list[str], why: str) -> None:
    listed = dates_to_come(WEEKLY, visits, GWANGMYEONG)
    assert [f"{each.slot:%m-%d}" for each in listed] == coming, why
    following = next_date(WEEKLY, visits, korea("2026-11-08T00:00"), GWANGMYEONG)
    assert following == listed[0]


def test_dates_that_are_over_are_not_made_up_for() -> None:
    following = next_date(WEEKLY, [row(1, "2026-11-03T10:00")], korea("2026-11-18T00:00"), GWANGMYEONG)
    assert following is not None
    assert following.planned_at == korea("2026-11-24T10:00")
