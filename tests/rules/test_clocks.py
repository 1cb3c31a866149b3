from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.profile.limits import Limit
from handoff.rules.clocks import Clock, Deadline, Pause, deadline, runs
from handoff.timezone import KST
from tests.rules.profiles import DEMO, GWANGMYEONG, limit, with_calendar


def korea(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KST)


def due(started: str, within: str, clock: str = "working", pauses: tuple[Pause, ...] = ()) -> datetime | None:
    return deadline(Clock("presurvey", korea(started), pauses), limit(within, clock), GWANGMYEONG).due_at


@pytest.mark.parametrize(
    ("started", "within", "expected", "why"),
    [
        ("2026-03-06T17:30", "1wd", "2026-03-09T17:30", "half an hour on Friday, the rest on Monday"),
        ("2026-03-09T09:00", "1wd", "2026-03-09T18:00", "a whole day of eight hours ends with the day"),
        ("2026-03-09T12:30", "1wd", "2026-03-10T12:00", "nobody works at lunch"),
        ("2026-03-09T10:30", "4wh", "2026-03-09T15:30", "lunch does not count"),
        ("2026-03-09T18:30", "4wh", "2026-03-10T14:00", "an evening starts in the morning"),
        ("2026-09-23T15:00", "2wd", "2026-09-29T15:00", "Chuseok stands between"),
        ("2026-09-21T10:00", "5wd", "2026-09-30T10:00", "five days still count in hours"),
        ("2026-10-02T17:30", "1wd", "2026-10-06T17:30", "the substitute holiday is skipped"),
        ("2026-12-31T17:00", "4wh", "2027-01-04T12:00", "New Year and a weekend"),
        ("2026-09-14T10:00", "10wd", "2026-09-29T18:00", "whole days, the first included, without Chuseok"),
        ("2026-09-14T17:59", "10wd", "2026-09-29T18:00", "the first day counts whatever is left of it"),
        ("2026-09-12T10:00", "6wd", "2026-09-21T18:00", "a Saturday is no first day"),
    ],
)
def test_a_working_clock_counts_as_article_19_does(started: str, within: str, expected: str, why: str) -> None:
    assert due(started, within) == korea(expected), why


@pytest.mark.parametrize(
    ("started", "within", "expected", "why"),
    [
        ("2026-09-11T10:00", "14d", "2026-09-28T18:00", "ends on Chuseok, so on the Monday after it"),
        ("2026-01-10T14:00", "3mo", "2026-04-10T18:00", "the same day three months later"),
        ("2026-11-30T14:00", "3mo", "2027-03-02T18:00", "February ends on a Sunday, Monday is a holiday"),
        ("2026-01-31T09:00", "1mo", "2026-03-03T18:00", "28 February is a Saturday, then come two holidays"),
        ("2026-02-28T09:00", "1mo", "2026-03-31T18:00", "a month that begins on the first ends on the last"),
        ("2026-03-02T00:00", "1w", "2026-03-09T18:00", "a whole first day counts, and ends on a Sunday"),
        ("2025-12-03T08:00", "1y", "2026-12-03T18:00", "years by the calendar"),
    ],
)
def test_months_run_by_the_calendar_and_end_on_no_day_off(started: str, within: str, expected: str, why: str) -> None:
    assert due(started, within, "calendar") == korea(expected), why


def test_real_hours_run_through_nights_and_holidays() -> None:
    assert due("2026-09-24T20:00", "72h", "real") == korea("2026-09-27T20:00")
    assert due("2026-09-24T23:50", "30min", "real") == korea("2026-09-25T00:20")


def test_moments_of_other_time_zones_are_the_same_moments() -> None:
    started = datetime(2026, 3, 6, 8, 30, tzinfo=UTC)  # 17:30 in Korea
    found = deadline(Clock("presurvey", started), limit("1wd"), GWANGMYEONG)
    assert found.due_at == korea("2026-03-09T17:30")


def test_the_warning_comes_in_working_time_before_it_is_due() -> None:
    found = deadline(Clock("presurvey", korea("2026-03-06T17:30")), limit("2wd", warn="4wh"), GWANGMYEONG)
    assert found == Deadline(korea("2026-03-10T13:30"), korea("2026-03-10T17:30"))


def test_no_warning_comes_before_the_clock_started() -> None:
    found = deadline(Clock("presurvey", korea("2026-03-09T09:00")), limit("1wd", warn="3wd"), GWANGMYEONG)
    assert found.warn_at == korea("2026-03-09T09:00")


def test_a_clock_that_stands_still_has_no_due_moment_and_knows_why() -> None:
    pause = Pause("readmitted", korea("2026-03-09T10:00"))
    found = deadline(Clock("presurvey", korea("2026-03-09T09:00"), (pause,)), limit("1wd"), GWANGMYEONG)
    assert found == Deadline(None, None, "readmitted")


@pytest.mark.parametrize(
    ("within", "clock"), [("1wh", "working"), ("6wd", "working"), ("1h", "real"), ("1d", "calendar")]
)
def test_a_pause_that_begins_after_it_was_due_changes_nothing(within: str, clock: str) -> None:
    late = Pause("readmitted", korea("2026-04-09T10:00"))
    assert due("2026-03-09T09:00", within, clock, (late,)) == due("2026-03-09T09:00", within, clock)


@pytest.mark.parametrize(
    ("within", "clock"), [("1wd", "working"), ("6wd", "working"), ("9h", "real"), ("3d", "calendar")]
)
def test_every_clock_stands_still_while_its_pause_is_open(within: str, clock: str) -> None:
    assert due("2026-03-09T09:00", within, clock, (Pause("readmitted", korea("2026-03-09T09:00")),)) is None


@pytest.mark.parametrize(
    ("within", "clock", "expected"),
    [
        ("1wd", "working", "2026-03-10T12:00"),  # 14:00 to 17:00 on Monday was lost
        ("6wd", "working", "2026-03-17T18:00"),  # Monday is not counted
        ("24h", "real", "2026-03-10T12:00"),
        ("2d", "calendar", "2026-03-12T18:00"),
    ],
)
def test_a_pause_gives_its_time_back(within: str, clock: str, expected: str) -> None:
    pause = Pause("readmitted", korea("2026-03-09T14:00"), korea("2026-03-09T17:00"))
    assert due("2026-03-09T09:00", within, clock, (pause,)) == korea(expected)


def test_two_pauses_at_once_are_not_counted_twice() -> None:
    one = Pause("readmitted", korea("2026-03-10T10:00"), korea("2026-03-12T10:00"))
    other = Pause("waits-for-discharge", korea("2026-03-11T10:00"), korea("2026-03-12T10:00"))
    for within, clock in (("2wd", "working"), ("6wd", "working"), ("72h", "real"), ("5d", "calendar")):
        assert due("2026-03-09T09:00", within, clock, (one, other)) == due("2026-03-09T09:00", within, clock, (one,))


def test_a_holiday_that_is_added_moves_open_clocks() -> None:
    moved = with_calendar(add_holidays=[date(2026, 3, 10)])
    for within, before, after in (
        ("2wd", "2026-03-11T10:00", "2026-03-12T10:00"),
        ("6wd", "2026-03-16T18:00", "2026-03-17T18:00"),
    ):
        clock = Clock("presurvey", korea("2026-03-09T10:00"))
        assert deadline(clock, limit(within), GWANGMYEONG).due_at == korea(before)
        assert deadline(clock, limit(within), moved).due_at == korea(after)


def test_a_limit_has_the_length_that_counted_when_its_clock_started() -> None:
    old = limit("2wd")
    new = old.model_copy(update={"since": date(2026, 7, 1), "within": limit("1wd").within})
    profile = GWANGMYEONG.model_copy(update={"limits": {**GWANGMYEONG.limits, "presurvey": (new, old)}})
    assert runs("presurvey", korea("2026-06-30T09:00"), profile).due_at == korea("2026-07-01T18:00")
    assert runs("presurvey", korea("2026-07-01T09:00"), profile).due_at == korea("2026-07-01T18:00")


def test_in_a_demonstration_every_length_is_scaled() -> None:
    start = korea("2026-09-25T03:00")  # Chuseok, at night
    for within, clock, seconds in (
        ("1wd", "working", 4),
        ("4wh", "working", 2),
        ("10wd", "working", 40),
        ("72h", "real", 12),
        ("3mo", "calendar", 360),
        ("14d", "calendar", 56),
    ):
        found = deadline(Clock("presurvey", start), limit(within, clock), DEMO)
        assert found.due_at == start + timedelta(seconds=seconds), within


def test_in_a_demonstration_a_pause_gives_back_its_own_seconds() -> None:
    start = korea("2026-09-25T03:00")
    pause = Pause("readmitted", start + timedelta(seconds=1), start + timedelta(seconds=8))
    found = deadline(Clock("presurvey", start, (pause,)), limit("1wd"), DEMO)
    assert found.due_at == start + timedelta(seconds=11)


minutes = st.integers(0, 1_000_000)
moments = minutes.map(lambda each: korea("2026-01-01T00:00") + timedelta(minutes=each))
limits = st.sampled_from(
    [limit(words, warn="2wh") for words in ("1wh", "4wh", "1wd", "2wd", "5wd", "6wd", "10wd")]
    + [limit(words, "real", "1h") for words in ("30min", "1h", "72h", "7d")]
    + [limit(words, "calendar", "1d") for words in ("1d", "14d", "2w", "1mo", "3mo", "1y")]
)
lengths = st.timedeltas(timedelta(minutes=1), timedelta(days=20))
quick = settings(max_examples=150)


@quick
@given(limits, moments)
def test_it_is_never_due_before_it_started_nor_warned_outside(within: Limit, start: datetime) -> None:
    found = deadline(Clock("presurvey", start), within, GWANGMYEONG)
    assert found.due_at is not None
    assert found.warn_at is not None
    assert start <= found.warn_at <= found.due_at
    assert start < found.due_at


@quick
@given(limits, moments, lengths)
def test_whoever_starts_later_is_due_no_earlier(within: Limit, start: datetime, later: timedelta) -> None:
    first = deadline(Clock("presurvey", start), within, GWANGMYEONG).due_at
    second = deadline(Clock("presurvey", start + later), within, GWANGMYEONG).due_at
    assert first is not None
    assert second is not None
    assert first <= second


@quick
@given(limits, moments, lengths, lengths)
def test_a_pause_never_shortens_and_gives_back_at_least_its_own_time(
    within: Limit, start: datetime, after: timedelta, length: timedelta
) -> None:
    pause = Pause("readmitted", start + after, start + after + length)
    plain = deadline(Clock("presurvey", start), within, GWANGMYEONG).due_at
    paused = deadline(Clock("presurvey", start, (pause,)), within, GWANGMYEONG).due_at
    assert plain is not None
    assert paused is not None
    assert paused >= plain
    if pause.from_ < plain and within.clock == "real":
        assert paused == plain + length


@quick
@given(limits, moments, lengths, st.dates(date(2026, 1, 1), date(2027, 12, 1)))
def test_a_new_holiday_never_makes_anything_due_earlier(
    within: Limit, start: datetime, length: timedelta, day: date
) -> None:
    clock = Clock("presurvey", start, (Pause("readmitted", start, start + length),))
    moved = with_calendar(add_holidays=[day])
    before = deadline(clock, within, GWANGMYEONG).due_at
    after = deadline(clock, within, moved).due_at
    assert before is not None
    assert after is not None
    assert before <= after
