"""Chuseok and the month's end on Gwangmyeong's own calendar.

A case cannot be opened on a day to come. So it is opened today, with a discharge expected on the day that the test is
about, and its clock is moved there; what is then told begins its clocks there, as any case's of that day would.
"""

from datetime import date, datetime, time, timedelta

import holidays
import pytest

from handoff.rules.calendar import DAY, at, is_working_day
from handoff.rules.clocks import months_after
from handoff.timezone import KST
from tests.workflows.story import accepts, decided, drafted, visited
from tests.workflows.town import CENTRE, HELP, SAFETY, Town

AHEAD = timedelta(days=20)  # until when everybody has acted on an open case


def eve_of_chuseok(town: Town) -> datetime:
    """Four in the afternoon of the last working day before the next Chuseok."""
    today = town.now.astimezone(KST).date()
    days = sorted(
        day
        for day, name in holidays.country_holidays("KR", years=[today.year, today.year + 1], language="ko").items()
        if "추석" in name and day > today + AHEAD
    )
    eve = days[0] - DAY
    while not is_working_day(eve, town.profile.calendar):
        eve -= DAY
    return at(eve, time(16))


def first_working_day_after(day: date, town: Town) -> date:
    day += DAY
    while not is_working_day(day, town.profile.calendar):
        day += DAY
    return day


async def home_at(town: Town, moment: datetime) -> None:
    """A person assessed in the ward, whose discharge is told at the moment; nothing was due before."""
    await town.hospital_tells("discharge.expected", discharge={"expected_at": moment.isoformat()})
    await town.tells("contact.made", "desk", town.case_id)
    await town.tells("presurvey.completed", CENTRE, town.case_id, score=3)
    await town.tells("contact.made", "desk", town.case_id, channel="visit")
    await town.passes(hours=(moment - town.now).total_seconds() / 3600)
    await town.hospital_tells(at=0)


async def test_a_limit_that_begins_on_the_eve_of_chuseok_ends_after_the_holidays(statutory_town: Town) -> None:
    town = statutory_town
    eve = eve_of_chuseok(town)
    await home_at(town, eve)
    await drafted(town, SAFETY)
    await decided(town)
    clock = await town.clock("answer")
    back = first_working_day_after(eve.date(), town)
    assert (back - eve.date()).days > 3
    # Eight working hours: two are left on the eve, six on the first working day after.
    due = clock.due_at.astimezone(KST)
    assert due.date() == back
    assert timedelta(0) <= due - at(back, time(16)) < timedelta(minutes=2)
    await town.until(at(back, time(9)))
    assert (await town.offer())[0] == clock.subject
    await town.until(clock.due_at)
    assert (await town.offer())[0] != clock.subject


async def test_clinical_limits_run_through_the_holidays(statutory_town: Town) -> None:
    town = statutory_town
    eve = eve_of_chuseok(town)
    await home_at(town, eve)
    for name, days in {"first-service": 2, "check:day-3": 3}.items():
        due = (await town.clock(name)).due_at - eve
        assert timedelta(days=days) <= due < timedelta(days=days, minutes=2)


async def test_an_answer_in_chuseok_gets_its_first_visit_within_two_days_all_the_same(statutory_town: Town) -> None:
    town = statutory_town
    eve = eve_of_chuseok(town)
    await home_at(town, eve)
    await drafted(town, SAFETY)
    await decided(town)
    await accepts(town)
    assert (await town.visit()).planned_at <= (await town.clock("first-service")).due_at


# Worked out by hand; the first that is far enough ahead is tried. Chuseok 2027 is Tue 14 to Thu 16 September, so that
# Wed 15 moves to Fri 17. In 2028 it is Mon 2 to Wed 4 October, with Thu 5 as a substitute: Tue 3 moves to Fri 6. 2029
# it is Fri 21 to Sun 23 September, with Mon 24 as a substitute: Fri 21 moves to Tue 25.
CHUSEOK = [
    ("2027-09-01T10:00", ["09-01", "09-08", "09-17", "09-22", "09-29"]),
    ("2028-09-19T10:00", ["09-19", "09-26", "10-06", "10-10", "10-17"]),
    ("2029-09-07T10:00", ["09-07", "09-14", "09-25", "09-28", "10-05"]),
]
# The lunar New Year of 2027 is Sat 6 to Mon 8 February, with Tue 9 as a substitute: Mon 8 moves to Wed 10. 2028 it is
# Wed 26 to Fri 28 January: Thu 27 moves to Mon 31. In 2029 it is Mon 12 to Wed 14 February: Tue 13 moves to Thu 15.
NEW_YEAR = [
    ("2027-01-25T14:00", ["01-25", "02-01", "02-10", "02-15", "02-22"]),
    ("2028-01-13T14:00", ["01-13", "01-20", "01-31", "02-03", "02-10"]),
    ("2029-01-30T14:00", ["01-30", "02-06", "02-15", "02-20", "02-27"]),
]


@pytest.mark.parametrize("years", [CHUSEOK, NEW_YEAR])
async def test_a_weekly_line_keeps_its_weekday_over_the_holidays(
    statutory_town: Town, years: list[tuple[str, list[str]]]
) -> None:
    town = statutory_town
    moments = [(datetime.fromisoformat(first).replace(tzinfo=KST), days) for first, days in years]
    named, days = next((first, days) for first, days in moments if first > town.now + AHEAD)
    await home_at(town, named - timedelta(days=1, hours=1))
    await drafted(town, {**HELP, "days": 35})
    await decided(town)
    await accepts(town, first_visit_at=named.isoformat())
    for day in days:
        planned = (await town.visit()).planned_at.astimezone(KST)
        assert (f"{planned:%m-%d}", planned.time()) == (day, named.time())
        await visited(town)
    assert (await town.line()).state == "completed"


async def test_three_months_from_a_months_end_are_over_by_the_end_of_the_shorter_month(statutory_town: Town) -> None:
    town = statutory_town
    start = a_months_end(town)
    await home_at(town, start)
    await drafted(town, SAFETY)
    await decided(town)
    check = (await town.clock("check:month-3")).due_at.astimezone(KST)
    last = months_after(start.date() + DAY, 3)
    assert (last.month - start.month) % 12 == 3
    # The check and its own window of a day end within the three months, on a working day.
    assert timedelta(0) <= last - check.date() <= timedelta(days=10)
    assert is_working_day(check.date(), town.profile.calendar)


def a_months_end(town: Town) -> datetime:
    """Ten in the morning of the last working day of the next August or November: November and February are shorter."""
    today = town.now.astimezone(KST).date()
    ends = [date(year, month, day) for year in (today.year, today.year + 1) for month, day in ((8, 31), (11, 30))]
    day = next(end for end in ends if end > today + AHEAD)
    while not is_working_day(day, town.profile.calendar):
        day -= DAY
    return at(day, time(10))
