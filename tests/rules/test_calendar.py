from datetime import date, datetime, timedelta

import pytest

from handoff.profile.limits import Calendar
from handoff.rules.calendar import (
    KST,
    is_working_day,
    next_working_day,
    next_working_moment,
    working_after,
    working_before,
)

STATUTORY = Calendar()


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 9, 24), "the eve of Chuseok"),
        (date(2026, 9, 25), "Chuseok"),
        (date(2026, 9, 26), "the day after Chuseok, a Saturday"),
        (date(2026, 3, 2), "substitute for Independence Movement Day on a Sunday"),
        (date(2026, 5, 25), "substitute for Buddha's Birthday on a Sunday"),
        (date(2026, 8, 17), "substitute for Liberation Day on a Saturday"),
        (date(2026, 10, 5), "substitute for National Foundation Day on a Saturday"),
        (date(2026, 6, 3), "local elections"),
        (date(2027, 2, 9), "substitute for Korean New Year"),
        (date(2026, 11, 21), "a Saturday"),
        (date(2026, 11, 22), "a Sunday"),
    ],
)
def test_nobody_works_on_a_day_off(day: date, why: str) -> None:
    assert not is_working_day(day, STATUTORY), why


def test_a_municipality_adds_a_day_off_and_takes_one_back() -> None:
    own = Calendar(add_holidays=frozenset({date(2026, 11, 23)}), remove_holidays=frozenset({date(2026, 5, 1)}))
    assert not is_working_day(date(2026, 11, 23), own)
    assert is_working_day(date(2026, 5, 1), own)
    assert not is_working_day(date(2026, 5, 1), STATUTORY)


def test_a_weekend_stays_a_weekend_when_its_holiday_is_removed() -> None:
    own = Calendar(remove_holidays=frozenset({date(2026, 9, 26)}))
    assert not is_working_day(date(2026, 9, 26), own)


def test_after_chuseok_work_goes_on_on_monday() -> None:
    assert next_working_day(date(2026, 9, 24), STATUTORY) == date(2026, 9, 28)
    evening = datetime(2026, 9, 23, 18, 0, tzinfo=KST)
    assert next_working_moment(evening, STATUTORY) == datetime(2026, 9, 28, 9, 0, tzinfo=KST)


def test_at_lunch_work_begins_again_at_one() -> None:
    noon = datetime(2026, 11, 23, 12, 20, tzinfo=KST)
    assert next_working_moment(noon, STATUTORY) == datetime(2026, 11, 23, 13, 0, tzinfo=KST)


def test_working_time_back_from_a_moment_is_working_time_forward_to_it() -> None:
    start = datetime(2026, 9, 23, 16, 15, tzinfo=KST)
    for hours in (1, 5, 8, 20, 41):
        end = working_after(start, timedelta(hours=hours), STATUTORY)
        assert working_before(end, timedelta(hours=hours), STATUTORY) == start
