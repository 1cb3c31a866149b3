"""Korea's working calendar, in Korean time: working days, working hours, and adding working time to a moment."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache

import holidays

from handoff.profile.limits import Calendar
from handoff.timezone import KST

DAY = timedelta(days=1)
SATURDAY = 5

Span = tuple[datetime, datetime]  # from, to


@cache
def _public_holidays(year: int) -> frozenset[date]:
    """Public and substitute holidays and election days of a year, from the pinned package `holidays`."""
    return frozenset(holidays.country_holidays("KR", years=year))


def is_holiday(day: date, calendar: Calendar) -> bool:
    """Whether a day is a holiday. The municipality's added and removed days override the national list."""
    if day in calendar.remove_holidays:
        return False
    return day in calendar.add_holidays or day in _public_holidays(day.year)


def is_working_day(day: date, calendar: Calendar) -> bool:
    """Whether a day is neither Saturday, Sunday nor holiday."""
    return calendar.works == "always" or (day.weekday() < SATURDAY and not is_holiday(day, calendar))


def next_working_day(day: date, calendar: Calendar) -> date:
    """The day itself if it is a working day, else the next one (Civil Act 161)."""
    while not is_working_day(day, calendar):
        day += DAY
    return day


def previous_working_day(day: date, calendar: Calendar) -> date:
    """The day itself if it is a working day, else the one before it."""
    while not is_working_day(day, calendar):
        day -= DAY
    return day


def working_spans(day: date, calendar: Calendar) -> list[Span]:
    """Working hours of a day, in Korean time: empty on a day off, the whole day if the calendar is `always`."""
    if calendar.works == "always":
        start = at(day, time(0))
        return [(start, start + DAY)]
    if not is_working_day(day, calendar):
        return []
    return [(at(day, hours.opens), at(day, hours.closes)) for hours in calendar.hours]


def at(day: date, moment: time) -> datetime:
    """A time of day in Korea."""
    return datetime.combine(day, moment, KST)


def close_of(day: date, calendar: Calendar) -> datetime:
    """When work ends on a day. Limits counted in days are due then."""
    return at(day, calendar.hours[-1].closes)


def working_day_length(calendar: Calendar) -> timedelta:
    """Working time of one working day: eight hours by statute."""
    if calendar.works == "always":
        return DAY
    return sum((at(date.min, hours.closes) - at(date.min, hours.opens) for hours in calendar.hours), timedelta())


def spans_between(start: datetime, end: datetime | None, calendar: Calendar) -> Iterator[Span]:
    """Working hours between two moments, cut at both; endless if `end` is None."""
    day = start.astimezone(KST).date()
    while end is None or at(day, time(0)) < end:
        for opens, closes in working_spans(day, calendar):
            if closes > start and (end is None or opens < end):
                yield max(opens, start.astimezone(KST)), min(closes, end.astimezone(KST)) if end else closes
        day += DAY


def next_working_moment(moment: datetime, calendar: Calendar) -> datetime:
    """The moment itself if it is in working hours, else the start of the next working hours."""
    return next(spans_between(moment, None, calendar))[0]


def working_before(moment: datetime, amount: timedelta, calendar: Calendar) -> datetime:
    """Subtract working time from a moment."""
    day = moment.astimezone(KST).date()
    while True:
        for opens, closes in reversed(working_spans(day, calendar)):
            end = min(closes, moment)
            if opens < end and end - opens >= amount:
                return (end - amount).astimezone(KST)
            amount -= max(end - opens, timedelta())
        day -= DAY


def working_after(moment: datetime, amount: timedelta, calendar: Calendar) -> datetime:
    """Add working time to a moment."""
    for opens, closes in spans_between(moment, None, calendar):
        if closes - opens >= amount:
            return opens + amount
        amount -= closes - opens
    raise AssertionError("working time never ends")
