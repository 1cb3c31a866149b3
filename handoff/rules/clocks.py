"""When a limit is due: working time, calendar time or real hours, less the pauses.

Legal limits count as Article 19 of the Civil Petitions Act does: up to five working days in hours of the working day,
six and more in whole working days with the first day included. Weeks, months and years follow the calendar (Civil Act
157 to 161). Real hours run day and night. A due moment is always computed from the clock's start and its pauses.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from handoff.profile.limits import Calendar, Length, Limit, Unit
from handoff.profile.model import Profile
from handoff.rules.calendar import (
    DAY,
    Span,
    at,
    close_of,
    is_working_day,
    next_working_day,
    spans_between,
    working_before,
    working_day_length,
    working_spans,
)
from handoff.timezone import KST

HOURS_UP_TO = 5  # Civil Petitions Act 19(1): five days or less are counted in hours
MONTHS = 12

# Days that a unit lasts if every moment is working time and a month has thirty days.
_DAYS: dict[Unit, float] = {
    "wd": 1,
    "wh": 1 / 8,
    "h": 1 / 24,
    "min": 1 / 1440,
    "d": 1,
    "w": 7,
    "mo": 30,
    "y": 365,
}


@dataclass(frozen=True)
class Pause:
    """A time during which a clock stands still, and why. `until` None: the pause has not ended."""

    why: str  # a code: "readmitted", "waits-for-discharge", ...
    from_: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Clock:
    """A running limit; `deadline` computes when it is due."""

    limit: str
    started_at: datetime
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True)
class Deadline:
    """When to warn and when it is due, in Korean time. Both None during a pause; `paused` is its reason.

    `warn_at` is None too if the limit has no warning of its own.
    """

    warn_at: datetime | None
    due_at: datetime | None
    paused: str = ""


def deadline(clock: Clock, limit: Limit, profile: Profile) -> Deadline:
    """When a clock is due under a version of its limit. The warning is never before the start."""
    due_at = _due(clock, limit, profile)
    if due_at is None:
        return Deadline(None, None, next(pause.why for pause in clock.pauses if pause.until is None))
    if limit.warn.count == 0:
        return Deadline(None, due_at)
    warn_at = _before(due_at, limit.warn, profile)
    return Deadline(max(warn_at, clock.started_at.astimezone(KST)), due_at)


def ahead(ends_at: datetime, limit: Limit, profile: Profile) -> datetime:
    """When to warn of something that ends at a moment that nobody computes, such as a consent."""
    return _before(ends_at.astimezone(KST), limit.warn, profile)


def runs(name: str, started_at: datetime, profile: Profile, pauses: Sequence[Pause] = ()) -> Deadline:
    """The deadline of a limit that starts at a moment, under the version in force on that day.

    Raises:
        KeyError: the profile has no limit of this name.
    """
    clock = Clock(name, started_at, tuple(pauses))
    return deadline(clock, profile.limit(name, started_at), profile)


def span(length: Length, profile: Profile) -> timedelta:
    """A length in real time, scaled: 1 wd counts as a day, 1 wh as an eighth of it, 1 mo as thirty days."""
    return timedelta(days=length.count * _DAYS[length.unit]) * profile.scale


def _due(clock: Clock, limit: Limit, profile: Profile) -> datetime | None:
    start, within = clock.started_at.astimezone(KST), limit.within
    if limit.clock == "real" or profile.calendar.works == "always":
        return _walk(_running(start, clock.pauses), span(within, profile))
    if limit.clock == "calendar":
        return _calendar_end(start, within, clock.pauses, profile.calendar)
    if within.unit == "wd" and within.count > HOURS_UP_TO:
        return _whole_days(start, within.count, clock.pauses, profile.calendar)
    worked = (
        stretch
        for opens, closes in _running(start, clock.pauses)
        for stretch in spans_between(opens, closes, profile.calendar)
    )
    return _walk(worked, _working_time(within, profile.calendar))


def _before(due_at: datetime, warn: Length, profile: Profile) -> datetime:
    if warn.unit in ("wd", "wh") and profile.calendar.works == "statutory":
        return working_before(due_at, _working_time(warn, profile.calendar), profile.calendar)
    return due_at - span(warn, profile)


def _working_time(length: Length, calendar: Calendar) -> timedelta:
    return length.count * (working_day_length(calendar) if length.unit == "wd" else timedelta(hours=1))


def _running(start: datetime, pauses: Iterable[Pause]) -> Iterator[tuple[datetime, datetime | None]]:
    """The times when a clock ran or will run; the last has no end, unless a pause has not ended."""
    for pause in sorted(pauses, key=lambda pause: pause.from_):
        if pause.from_ > start:
            yield start, pause.from_.astimezone(KST)
        if pause.until is None:
            return
        start = max(start, pause.until.astimezone(KST))
    yield start, None


def _walk(stretches: Iterable[tuple[datetime, datetime | None]], need: timedelta) -> datetime | None:
    """The moment when the stretches add up to `need`; None if they are shorter."""
    for opens, closes in stretches:
        if closes is None or closes - opens >= need:
            return opens + need
        need -= closes - opens
    return None


def _whole_days(start: datetime, count: int, pauses: Sequence[Pause], calendar: Calendar) -> datetime | None:
    """The close of the last of `count` working days, first day included. Days that a pause touches do not count."""
    day = start.date()
    stands_from = min((pause.from_ for pause in pauses if pause.until is None), default=None)
    while stands_from is None or at(day, time(0)) < stands_from:
        if is_working_day(day, calendar) and not _touched(working_spans(day, calendar), pauses):
            count -= 1
        if count == 0:
            return close_of(day, calendar)
        day += DAY
    return None


def _touched(spans: Sequence[Span], pauses: Iterable[Pause]) -> bool:
    opens, closes = spans[0][0], spans[-1][1]
    return any(pause.from_ < closes and (pause.until is None or pause.until > opens) for pause in pauses)


def _calendar_end(start: datetime, length: Length, pauses: Sequence[Pause], calendar: Calendar) -> datetime | None:
    """The close of the last calendar day, or of the next working day (Civil Act 161); pauses add whole days."""
    last, stood_from = _last_day(start, length), start
    for opens, closes in _running(start, pauses):
        last += -(-(opens - stood_from) // DAY) * DAY
        due_at = close_of(next_working_day(last, calendar), calendar)
        if closes is None or closes >= due_at:
            return due_at
        stood_from = closes
    return None


def _last_day(start: datetime, length: Length) -> date:
    """The day on which a calendar length ends; the first day counts only if whole (Civil Act 157 to 160)."""
    first = start.date() if start.time() == time(0) else start.date() + DAY
    if length.unit in ("d", "w"):
        return first + timedelta(days=length.count * (7 if length.unit == "w" else 1)) - DAY
    return months_after(first, length.count * (MONTHS if length.unit == "y" else 1))


def months_after(first: date, months: int) -> date:
    """The last day of a number of months: the day before the same date, or the month's last day (Civil Act 160)."""
    year, month = divmod(first.year * MONTHS + first.month - 1 + months, MONTHS)
    longest = monthrange(year, month + 1)[1]
    if first.day > longest:
        return date(year, month + 1, longest)
    return date(year, month + 1, first.day) - DAY
