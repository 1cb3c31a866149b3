"""When visits and checks take place. A moment is planned once and recorded; later only a fact moves it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from handoff.profile.model import Profile
from handoff.rules.calendar import (
    DAY,
    at,
    next_working_day,
    next_working_moment,
    previous_working_day,
    working_after,
)
from handoff.rules.clocks import months_after, runs, span
from handoff.timezone import KST
from handoff.vocabulary.awaited import LimitName

WEEK = 7
MONTH = 30

# Weekdays (Monday is 0) by the number of visits a week.
_WEEKDAYS: dict[int, tuple[int, ...]] = {
    2: (0, 3),
    3: (0, 2, 4),
    4: (0, 1, 3, 4),
    5: (0, 1, 2, 3, 4),
    6: (0, 1, 2, 3, 4, 5),
}


def first_visit_at(
    accepted_at: datetime, discharged_at: datetime, proposed_at: datetime | None, profile: Profile
) -> datetime:
    """When the first service is delivered: within the limit `first-service` if the acceptance came in time for that.

    The provider's proposal is taken if it keeps that limit, or `service-start` once `first-service` has passed. Else it
    is the first choice that keeps the limit: in working hours, in visiting hours, at any hour.
    """
    earliest = max(accepted_at, discharged_at).astimezone(KST)
    due = runs(LimitName.FIRST_SERVICE, discharged_at, profile).due_at or earliest
    start_due = runs(LimitName.SERVICE_START, earliest, profile).due_at or earliest
    last = due if due > earliest else start_due
    if proposed_at is not None and earliest <= proposed_at <= last:
        return proposed_at.astimezone(KST)
    return next((moment for moment in _first_choices(earliest, due, profile) if moment <= last), last)


def _first_choices(earliest: datetime, due: datetime, profile: Profile) -> Iterator[datetime]:
    """Best first: in working hours after the lead, in visiting hours after the lead, half-way to the limit."""
    yield _after_lead(earliest, profile)
    yield _in_day_hours(earliest + span(profile.visits.lead, profile), profile)
    yield earliest + (due - earliest) / 2


def _after_lead(moment: datetime, profile: Profile) -> datetime:
    lead = span(profile.visits.lead, profile)
    if profile.calendar.works == "always":
        return moment + lead
    # Not at the very end of the morning or of the day: the next working moment instead.
    return next_working_moment(working_after(moment, lead, profile.calendar), profile.calendar)


def _in_day_hours(moment: datetime, profile: Profile) -> datetime:
    opens, closes = at(moment.date(), profile.visits.opens), at(moment.date(), profile.visits.closes)
    if moment >= closes:
        return opens + DAY
    return max(moment, opens)


def next_visit_at(previous_planned_at: datetime, quantity: int, per: str, profile: Profile) -> datetime:
    """The next visit of a series of `quantity` visits per day, week or month, later than the previous one.

    It keeps the time of day, unless there are several a day. Up to five visits a week fall on working days; a day off
    moves a visit to the next one. Six or seven a week, and daily ones such as meals, go on through holidays.

    Raises:
        ValueError: the period is not day, week or month, or `quantity` is less than one.
    """
    if quantity < 1 or per not in ("day", "week", "month"):
        raise ValueError(f"no series of {quantity} visits per {per!r}")
    previous = previous_planned_at.astimezone(KST)
    if profile.calendar.works == "always":
        days = {"day": 1, "week": WEEK, "month": MONTH}[per]
        return previous + timedelta(days=days) / quantity * profile.scale
    if per == "month":
        return _next_of_month(previous, quantity, profile)
    daily = quantity if per == "day" else -(-quantity // WEEK)
    if daily > 1:
        return _next_of_day(previous, daily, profile)
    return _next_of_week(previous, WEEK if per == "day" else quantity, profile)


def _next_of_month(previous: datetime, quantity: int, profile: Profile) -> datetime:
    tomorrow = previous.date() + DAY
    # Once a month: the same day of the next month, or its last day.
    day = months_after(tomorrow, 1) if quantity == 1 else tomorrow + max(MONTH // quantity - 1, 0) * DAY
    return at(next_working_day(day, profile.calendar), previous.time())


def _next_of_week(previous: datetime, quantity: int, profile: Profile) -> datetime:
    if quantity == 1:
        day = previous.date() + WEEK * DAY
    else:
        weekdays = _WEEKDAYS.get(quantity, tuple(range(WEEK)))
        day = previous.date() + DAY
        while day.weekday() not in weekdays:
            day += DAY
    if quantity <= len(_WEEKDAYS[5]):
        day = next_working_day(day, profile.calendar)
    return at(day, previous.time())


def _next_of_day(previous: datetime, daily: int, profile: Profile) -> datetime:
    """The next of several visits a day, which are spread over the visiting hours."""
    today = [*_slots(previous.date(), daily, profile), *_slots(previous.date() + DAY, daily, profile)]
    return next(slot for slot in today if slot > previous)


def _slots(day: date, daily: int, profile: Profile) -> list[datetime]:
    opens, closes = at(day, profile.visits.opens), at(day, profile.visits.closes)
    return [opens + (closes - opens) / daily * slot for slot in range(daily)]


def series_ends(started_at: datetime, days: int, profile: Profile) -> datetime:
    """When a series ends; `days`: its length in calendar days. No visit is planned at or after this moment."""
    return started_at.astimezone(KST) + timedelta(days=days) * profile.scale


def checks_after_discharge(discharged_at: datetime, profile: Profile) -> tuple[tuple[str, datetime], ...]:
    """The checks of the first weeks, as name and moment, in real days after the discharge."""
    start = discharged_at.astimezone(KST)
    return tuple((f"day-{days}", start + timedelta(days=days) * profile.scale) for days in profile.checks.days)


def checks_after_plan(first_plan_at: datetime, after: str | None, profile: Profile) -> tuple[str, datetime]:
    """The statutory check that follows another one (None: the first), counted from the first plan.

    The Act requires one within three months, then one every six months. The check is planned on a working day, so early
    that its own limit (`check`) ends within that time.

    Raises:
        ValueError: `after` is not the name of such a check.
    """
    months = profile.checks.months_after_plan if after is None else _months(after) + profile.checks.then_every_months
    start = first_plan_at.astimezone(KST)
    window = span(profile.limit(LimitName.CHECK, start.date()).within, profile)
    if profile.calendar.works == "always":
        return f"month-{months}", start + timedelta(days=MONTH * months) * profile.scale - window
    last = months_after(start.date() + DAY, months)
    day = previous_working_day(last - window, profile.calendar)
    moment = min(max(start.time(), profile.visits.opens), profile.visits.closes)
    return f"month-{months}", at(day, moment)


def _months(name: str) -> int:
    word, _, number = name.partition("-")
    if word != "month" or not number.isdigit():
        raise ValueError(f"{name!r} is not a check that follows a plan")
    return int(number)
