from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.rules.calendar import is_working_day, working_spans
from handoff.rules.schedule import (
    checks_after_discharge,
    checks_after_plan,
    first_visit_at,
    next_visit_at,
    series_ends,
)
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
    planned = first_visit_at(korea(accepted), korea(discharged), None, GWANGMYEONG)
    assert planned == korea(expected), why


def test_a_proposal_counts_when_it_keeps_the_limit() -> None:
    accepted, discharged = korea("2026-03-09T10:00"), korea("2026-03-09T09:00")
    proposed = korea("2026-03-10T20:00")
    assert first_visit_at(accepted, discharged, proposed, GWANGMYEONG) == proposed
    for outside in (korea("2026-03-09T08:00"), korea("2026-03-11T09:01")):
        assert first_visit_at(accepted, discharged, outside, GWANGMYEONG) == korea("2026-03-09T13:00")


def test_a_proposal_counts_when_two_days_are_over_anyway() -> None:
    accepted, discharged = korea("2026-03-13T10:00"), korea("2026-03-09T09:00")
    assert first_visit_at(accepted, discharged, korea("2026-03-15T10:00"), GWANGMYEONG) == korea("2026-03-15T10:00")


minutes = st.integers(0, 1_000_000)
moments = minutes.map(lambda each: korea("2026-01-01T00:00") + timedelta(minutes=each))
quick = settings(max_examples=150)


@quick
@given(moments, st.timedeltas(timedelta(days=-20), timedelta(hours=47, minutes=59)))
def test_whenever_acceptance_permits_the_first_visit_is_within_two_days(discharged: datetime, later: timedelta) -> None:
    accepted = discharged + later
    for profile in (GWANGMYEONG, DEMO):
        planned = first_visit_at(discharged + later * profile.scale, discharged, None, profile)
        assert max(discharged, discharged + later * profile.scale) <= planned
        assert planned <= discharged + TWO_DAYS * profile.scale
    assert accepted <= discharged + TWO_DAYS


@pytest.mark.parametrize(
    ("previous", "quantity", "per", "expected"),
    [
        ("2026-03-09T10:00", 1, "week", "2026-03-16T10:00"),
        ("2026-09-18T10:00", 1, "week", "2026-09-28T10:00"),  # Chuseok
        ("2026-03-09T10:00", 2, "week", "2026-03-12T10:00"),
        ("2026-03-12T10:00", 2, "week", "2026-03-16T10:00"),
        ("2026-03-13T10:00", 5, "week", "2026-03-16T10:00"),
        ("2026-03-14T10:00", 7, "week", "2026-03-15T10:00"),
        ("2026-09-24T12:00", 1, "day", "2026-09-25T12:00"),
        ("2026-03-09T09:00", 2, "day", "2026-03-09T13:30"),
        ("2026-03-09T13:30", 2, "day", "2026-03-10T09:00"),
        ("2026-03-09T10:00", 1, "month", "2026-04-09T10:00"),
        ("2026-01-31T10:00", 1, "month", "2026-03-03T10:00"),  # 28 February and three days off
        ("2026-03-09T10:00", 2, "month", "2026-03-24T10:00"),
    ],
)
def test_a_series_goes_on_at_its_own_pace(previous: str, quantity: int, per: str, expected: str) -> None:
    assert next_visit_at(korea(previous), quantity, per, GWANGMYEONG) == korea(expected)


@pytest.mark.parametrize("quantity", [1, 2, 3, 4, 5, 6, 7, 10, 14])
def test_a_week_without_holidays_has_as_many_visits_as_were_planned(quantity: int) -> None:
    visit, seen = korea("2026-11-02T10:00"), []
    while visit < korea("2026-12-07T00:00"):
        seen.append(visit)
        visit = next_visit_at(visit, quantity, "week", GWANGMYEONG)
    whole = [each for each in seen if korea("2026-11-09T00:00") <= each < korea("2026-11-30T00:00")]
    assert len(whole) == 3 * (quantity if quantity <= 7 else 14)


@quick
@given(moments, st.integers(1, 20), st.sampled_from(["day", "week", "month"]))
def test_the_next_visit_is_always_later_and_never_at_night(previous: datetime, quantity: int, per: str) -> None:
    following = next_visit_at(previous, quantity, per, GWANGMYEONG)
    assert previous < following
    assert following.time() == previous.time() or 9 <= following.hour < 18
    assert next_visit_at(previous, quantity, per, DEMO) > previous


@pytest.mark.parametrize(("quantity", "per"), [(0, "week"), (1, "year"), (1, "")])
def test_there_is_no_series_without_a_pace(quantity: int, per: str) -> None:
    with pytest.raises(ValueError, match="no series"):
        next_visit_at(korea("2026-03-09T10:00"), quantity, per, GWANGMYEONG)


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
