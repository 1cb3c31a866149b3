"""Weeks in which providers confirm their visits: Monday to Sunday in Korea. In a demonstration they are short."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from handoff.profile.model import Profile
from handoff.rules.calendar import at
from handoff.rules.rhythm import WEEK
from handoff.timezone import KST

_NAME = re.compile(r"((?:19|20|21)[0-9]{2})-W([0-9]{2})(?:\.([0-9]{1,5}))?")


@dataclass(frozen=True)
class Week:
    """A week: from `begins`, and before `ends`. Its name is that of ISO 8601, in a demonstration with a number."""

    name: str
    begins: datetime
    ends: datetime


def week_of(moment: datetime, profile: Profile) -> Week:
    """The week that a moment is in."""
    local = moment.astimezone(KST)
    year, number, _ = local.isocalendar()
    monday = at(date.fromisocalendar(year, number, 1), time())
    return _part(monday, f"{year}-W{number:02}", (local - monday) // _length(profile), profile)


def week_named(name: str, profile: Profile) -> Week:
    """The week of a name such as 2026-W48.

    Raises:
        ValueError: no week has this name; the text says what one looks like.
    """
    match, whole = _NAME.fullmatch(name), profile.scale == 1
    if match and whole is (match[3] is None):
        with suppress(ValueError):  # not each year has a week 53
            monday = at(date.fromisocalendar(int(match[1]), int(match[2]), 1), time())
            week = _part(monday, name.partition(".")[0], int(match[3] or 0), profile)
            if week.begins < week.ends and week.name == name:
                return week
    raise ValueError(f"{name} is not a week: write it like {'2026-W48' if whole else '2026-W48.12'}")


def _part(monday: datetime, name: str, number: int, profile: Profile) -> Week:
    begins, last = monday + number * _length(profile), monday + timedelta(days=WEEK)
    named = name if profile.scale == 1 else f"{name}.{number}"
    return Week(named, begins, min(begins + _length(profile), last))


def _length(profile: Profile) -> timedelta:
    return timedelta(days=WEEK) * profile.scale
