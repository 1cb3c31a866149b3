"""When visits and checks take place. A moment is planned once and recorded; later only a fact moves it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from handoff.profile.model import Profile
from handoff.rules.calendar import (
    DAY,
    at,
    next_working_moment,
    previous_working_day,
    working_after,
)
from handoff.rules.clocks import months_after, runs, span
from handoff.timezone import KST
from handoff.vocabulary.awaited import LimitName

MONTH = 30


def first_visit_at(accepted_at: datetime, discharged_at: datetime, profile: Profile) -> datetime:
    """The first visit that the engine proposes if nobody named one: within `first-service` if there is time for it.

    It is the first choice that keeps the limit: in working hours, in visiting hours, at any hour. Once `first-service`
    has passed, `service-start` counts.
    """
    earliest = max(accepted_at, discharged_at).astimezone(KST)
    due = runs(LimitName.FIRST_SERVICE, discharged_at, profile).due_at or earliest
    start_due = runs(LimitName.SERVICE_START, earliest, profile).due_at or earliest
    last = due if due > earliest else start_due
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
