"""On which days the visits of a series fall. This hangs on the first visit and on weekdays, never on the last visit.

An occurrence has a place in the rhythm (its slot). A holiday, or a person who moves one visit, moves only this visit.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import count, pairwise

from handoff.profile.model import Profile
from handoff.rules.calendar import DAY, at, is_holiday, is_working_day, next_working_day
from handoff.timezone import KST
from handoff.vocabulary.services import Holiday

WEEK, MONTH, YEAR = 7, 30, 12
WORKING_WEEK = 5
PERIODS = ("day", "week", "month")  # a line may have another word only from another build
SATURDAY = 5
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Weekdays (Monday is 0) by the number of visits a week, if the first visit is on Monday.
_FROM_MONDAY: dict[int, tuple[int, ...]] = {
    1: (0,),
    2: (0, 3),
    3: (0, 2, 4),
    4: (0, 1, 3, 4),
    5: (0, 1, 2, 3, 4),
    6: (0, 1, 2, 3, 4, 5),
}


@dataclass(frozen=True)
class Rhythm:
    """`quantity` visits per day, week or month.

    Attributes:
        first: the first visit: its time of day and its weekday, or its day of the month, are those of the series.
        weekdays: on which weekdays the visits fall, Monday is 0; (): that follows from `first` and `quantity`.
    """

    first: datetime
    quantity: int
    per: str
    weekdays: tuple[int, ...] = ()


@dataclass(frozen=True)
class RhythmChange:
    """From a moment on, a series has another number of visits, or other weekdays."""

    begins_at: datetime
    quantity: int
    weekdays: tuple[int, ...] = ()


@dataclass(frozen=True)
class Series:
    """A rhythm with its changes and its end: no visit takes place at or after `ends_at`."""

    rhythm: Rhythm
    ends_at: datetime
    changes: tuple[RhythmChange, ...] = ()


@dataclass(frozen=True)
class Occurrence:
    """One visit of a series. `slot`: its place in the rhythm. `planned_at` None: a holiday skips it.

    `named`: people moved it.
    """

    slot: datetime
    planned_at: datetime | None
    named: bool = False

    @property
    def holiday(self) -> Holiday | None:
        """What a holiday does to it; None: nothing."""
        if self.planned_at is None:
            return Holiday.SKIP
        return Holiday.MOVE if self.planned_at != self.slot and not self.named else None


def weekdays_of(words: str) -> tuple[int, ...]:
    """Weekdays as stored ("mon,thu") as numbers, Monday is 0.

    Raises:
        ValueError: a word is no weekday.
    """
    return tuple(sorted(WEEKDAYS.index(word) for word in words.split(",") if word))


def dates(series: Series, after: datetime, profile: Profile) -> Iterator[Occurrence]:
    """The occurrences of a series whose slots are later than a moment, until its end."""
    changes = sorted(series.changes, key=lambda change: change.begins_at)
    ends = [*(change.begins_at for change in changes), series.ends_at]
    rhythms = [
        series.rhythm,
        *(replace(series.rhythm, quantity=change.quantity, weekdays=change.weekdays) for change in changes),
    ]
    for rhythm, end in zip(rhythms, ends, strict=True):
        for occurrence in occurrences(rhythm, after, profile):
            if occurrence.slot >= min(end, series.ends_at):
                break
            late = occurrence.planned_at is not None and occurrence.planned_at >= series.ends_at
            yield Occurrence(occurrence.slot, None) if late else occurrence
        after = max(after, end - timedelta.resolution)


def occurrences(rhythm: Rhythm, after: datetime, profile: Profile) -> Iterator[Occurrence]:
    """The occurrences of a rhythm whose slots are later than a moment, without end.

    Up to five visits a week, and those of a month, give way to holidays: each is moved to the next working day, or
    skipped if the profile says so, or if the next occurrence is due by then. Six or seven a week, and daily ones such
    as meals, go on through holidays.

    Raises:
        ValueError: the period is not day, week or month, or `quantity` is less than one.
    """
    if rhythm.quantity < 1 or rhythm.per not in PERIODS:
        raise ValueError(f"no series of {rhythm.quantity} visits per {rhythm.per!r}")
    slots = _slots(replace(rhythm, first=rhythm.first.astimezone(KST)), after.astimezone(KST), profile)
    for slot, following in pairwise(slots):
        yield Occurrence(slot, _planned(slot, following, rhythm, profile))


def _slots(rhythm: Rhythm, after: datetime, profile: Profile) -> Iterator[datetime]:
    if profile.calendar.works == "always" and not (rhythm.weekdays and profile.scale == 1):
        return _evenly(rhythm, after, profile)
    daily = rhythm.quantity if rhythm.per == "day" else -(-rhythm.quantity // WEEK) if rhythm.per == "week" else 1
    if daily > 1:
        return _several_a_day(after, daily, profile)
    if rhythm.per == "month" and rhythm.quantity < MONTH:
        return _of_months(rhythm, after)
    return _of_weeks(rhythm, after)


def _evenly(rhythm: Rhythm, after: datetime, profile: Profile) -> Iterator[datetime]:
    """Evenly spread, by day and by night: in a calendar without days off."""
    days = {"day": 1, "week": WEEK, "month": MONTH}[rhythm.per]
    step = timedelta(days=days) / rhythm.quantity * profile.scale
    begin = max((after - rhythm.first) // step, 0)
    moments = (rhythm.first + number * step for number in count(begin))
    return (moment for moment in moments if moment > after)


def _several_a_day(after: datetime, daily: int, profile: Profile) -> Iterator[datetime]:
    """Several visits a day, which are spread over the visiting hours."""
    for day in _days(after.date()):
        opens, closes = at(day, profile.visits.opens), at(day, profile.visits.closes)
        for number in range(daily):
            if (moment := opens + (closes - opens) / daily * number) > after:
                yield moment


def _of_weeks(rhythm: Rhythm, after: datetime) -> Iterator[datetime]:
    weekdays = weekdays_from(rhythm)
    for day in _days(after.date()):
        if day.weekday() in weekdays and (moment := at(day, _time(rhythm))) > after:
            yield moment


def weekdays_from(rhythm: Rhythm) -> tuple[int, ...]:
    """The weekdays of a rhythm, Monday is 0: those named, else spread over the week from that of the first visit."""
    if rhythm.weekdays:
        return rhythm.weekdays
    if rhythm.per != "week" or rhythm.quantity >= WEEK:
        return tuple(range(WEEK))
    first, pattern = rhythm.first.weekday(), _FROM_MONDAY[rhythm.quantity]
    if rhythm.quantity == 1:
        return (first,)
    if first in pattern or (first >= SATURDAY and rhythm.quantity <= WORKING_WEEK):
        return pattern
    length = WORKING_WEEK if rhythm.quantity <= WORKING_WEEK else WEEK
    shifts = [[(day + shift) % length for day in pattern] for shift in range(1, length)]
    return tuple(sorted(next(days for days in shifts if first in days)))


def _of_months(rhythm: Rhythm, after: datetime) -> Iterator[datetime]:
    """From the day of the month of the first visit, or from the month's last day if it has no such day."""
    first = rhythm.first.date()
    seen = after
    for number in count(max((after.year - first.year) * YEAR + after.month - first.month - 1, 0)):
        year, month = divmod(first.year * YEAR + first.month - 1 + number, YEAR)
        start = date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
        for part in range(rhythm.quantity):
            moment = at(start + part * MONTH // rhythm.quantity * DAY, _time(rhythm))
            if moment > seen:
                seen = moment
                yield moment


def _days(day: date) -> Iterator[date]:
    return (day + number * DAY for number in count())


def _time(rhythm: Rhythm) -> time:
    return rhythm.first.time()


def _planned(slot: datetime, following: datetime, rhythm: Rhythm, profile: Profile) -> datetime | None:
    """When an occurrence takes place; None: it is skipped. `following`: the slot after it."""
    calendar, day = profile.calendar, slot.date()
    monthly = rhythm.per == "month" and rhythm.quantity < MONTH
    if calendar.works == "always" or not (monthly or (rhythm.per == "week" and rhythm.quantity <= WORKING_WEEK)):
        return slot
    holiday = is_holiday(day, calendar)
    if not holiday and (not monthly or is_working_day(day, calendar)):
        return slot
    if holiday and profile.visits.on_holiday == Holiday.SKIP:
        return None
    moved = next_working_day(day, calendar)
    if moved == day:  # a Saturday or Sunday that the rhythm names, which is no holiday
        return slot
    return at(moved, slot.time()) if moved < following.date() else None
