from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.rules.calendar import is_working_day, working_spans
from handoff.rules.schedule import checks_after_discharge, checks_after_plan, first_visit_at, series_ends
from handoff.timezone import KST
from tests.rules.profiles import DEMO, GWANGMYEONG

TWO_DAYS = timedelta(days=2)


def korea(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KST)


@pytest.mark.parametrize(
    ("accepted", "discharged", "expected", "why"),
    [
        ("2026-03-09T10:00", "2026-03-09T09:00", "2026-03-09T13:00", "two working hours later, after lunch"),
        ("2026-03-09T10:00", "2026-03-11T10:00", "2026-03-11T13:00", "accepted before the discharge: after it"),
        ("2026-03-09T19:00", "2026-03-09T15:00", "2026-03-10T11:00", "accepted in the evening: the next morning"),
        ("2026-03-06T17:30", "2026-03-06T16:00", "2026-03-07T09:00", "the limit ends on Sunday: Saturday in the day"),
        ("2026-09-24T15:00", "2026-09-24T11:00", "2026-09-24T17:00", "Chuseok: nobody works for two days, people live"),
        ("2026-03-11T08:30", "2026-03-09T09:00", "2026-03-11T08:45", "half an hour is left: half-way into it"),
        ("2026-03-13T10:00", "2026-03-09T09:00", "2026-03-13T13:00", "too late already: as soon as somebody works"),
    ],
)
def test_the_first_visit_comes_within_two_days_of_the_discharge(
    accepted: str, discharged: str, expected: str, why: str
) -> None:
    planned = first_visit_at(korea(accepted), korea(discharged), GWANGMYEONG)
    assert planned == korea(expected), why


minutes = st.integers(0, 1_000_000)
moments = minutes.map(lambda each: korea("2026-01-01T00:00") + timedelta(minutes=each))
quick = settings(max_examples=150)


@quick
@given(moments, st.timedeltas(timedelta(days=-20), timedelta(hours=47, minutes=59)))
def test_whenever_acceptance_permits_the_first_visit_is_within_two_days(discharged: datetime, later: timedelta) -> None:
    accepted = discharged + later
    for profile in (GWANGMYEONG, DEMO):
        planned = first_visit_at(discharged + later * profile.scale, discharged, profile)
        assert max(discharged, discharged + later * profile.scale) <= planned
        assert planned <= discharged + TWO_DAYS * profile.scale
    assert accepted <= discharged + TWO_DAYS


def test_a_series_ends_after_its_days() -> None:
    start = korea("2026-03-09T10:00")
    assert series_ends(start, 28, GWANGMYEONG) == korea("2026-04-06T10:00")
    assert series_ends(start, 28, DEMO) == start + timedelta(seconds=112)


def test_the_person_is_checked_on_days_3_7_and_30_after_the_actual_discharge() -> None:
    checks = checks_after_discharge(korea("2026-09-23T15:00"), GWANGMYEONG)
    assert checks == (
        ("day-3", korea("2026-09-26T15:00")),
        ("day-7", korea("2026-09-30T15:00")),
        ("day-30", korea("2026-10-23T15:00")),
    )


def test_the_statutory_checks_follow_the_first_plan() -> None:
    plan = korea("2026-11-24T14:00")
    names, after = [], None
    for _ in range(4):
        after, planned = checks_after_plan(plan, after, GWANGMYEONG)
        names.append((after, planned))
    assert names == [
        ("month-3", korea("2027-02-23T14:00")),
        ("month-9", korea("2027-08-23T14:00")),
        ("month-15", korea("2028-02-23T14:00")),
        ("month-21", korea("2028-08-23T14:00")),
    ]


def test_a_plan_of_the_night_is_checked_in_the_day() -> None:
    assert checks_after_plan(korea("2026-11-24T23:00"), None, GWANGMYEONG)[1] == korea("2027-02-23T18:00")


@quick
@given(moments)
def test_a_statutory_check_and_its_window_end_within_the_statutes_time(plan: datetime) -> None:
    _, planned = checks_after_plan(plan, None, GWANGMYEONG)
    # Three months are 92 days at most, and the last day counts to its end.
    assert planned + timedelta(days=1) <= plan.replace(hour=0, minute=0) + timedelta(days=93)
    assert timedelta(days=80) < planned - plan
    assert is_working_day(planned.date(), GWANGMYEONG.calendar)
    spans = working_spans(planned.date(), GWANGMYEONG.calendar)
    assert planned.hour == 12 or any(opens <= planned <= closes for opens, closes in spans)


def test_a_check_of_the_first_weeks_is_followed_by_no_statutory_one() -> None:
    with pytest.raises(ValueError, match="day-3"):
        checks_after_plan(korea("2026-03-09T10:00"), "day-3", GWANGMYEONG)


def test_in_a_demonstration_checks_come_within_seconds() -> None:
    start = korea("2026-03-09T10:00")
    assert [(at - start).total_seconds() for _, at in checks_after_discharge(start, DEMO)] == [12, 28, 120]
    assert (checks_after_plan(start, None, DEMO)[1] - start).total_seconds() == 356
