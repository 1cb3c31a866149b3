"""Profiles for the tests of rules: Gwangmyeong as it comes, and with a setting changed."""

from typing import Any

from handoff.profile.limits import Calendar, Limit
from handoff.profile.load import load
from handoff.profile.model import Profile

GWANGMYEONG = load("gwangmyeong")
DEMO = load("demo").model_copy(update={"seconds_per_day": 4.0})  # however long its day is just now


def limit(within: str, clock: str = "working", warn: str = "0h") -> Limit:
    return Limit.model_validate(
        {
            "name": "presurvey",
            "within": within,
            "warn": warn,
            "clock": clock,
            "owner": "coordinator",
            "escalate_to": "duty-officer",
        }
    )


def with_calendar(**settings: Any) -> Profile:
    calendar = Calendar.model_validate({**GWANGMYEONG.calendar.model_dump(), **settings})
    return GWANGMYEONG.model_copy(update={"calendar": calendar})
