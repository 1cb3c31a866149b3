from typing import Any

import pytest

from events.readers.precision import precision
from handoff.fact import Discharge
from tests.events.readers.told import DISCHARGE, PERSON, event, fact_of, message

DAY, HOUR, MINUTE, SECOND = 86400, 3600, 60, 1


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("20261126", DAY),
        ("20261126+0900", DAY),
        ("2026112610", HOUR),
        ("202611261000", MINUTE),
        ("202611261000+0900", MINUTE),
        ("202611261000-0500", MINUTE),
        ("20261126100000", SECOND),
        ("20261126100000.123+0900", SECOND),
        ("2026-11-26", DAY),
        ("2026-11-26T10:00+09:00", MINUTE),
        ("2026-11-26 10:00:00", SECOND),
        ("soon", SECOND),
    ],
)
def test_a_moment_is_as_precise_as_it_is_written(told: str, seconds: int) -> None:
    assert precision(told) == seconds


def precision_of(**discharge: Any) -> Any:
    told = fact_of(event({"person": PERSON, "discharge": {**DISCHARGE, **discharge}})).discharge
    assert isinstance(told, Discharge)
    return told.precision


def test_an_event_may_tell_a_day_alone() -> None:
    assert precision_of() == {}
    assert precision_of(expected_at="2026-04-01", admitted_at=None) == {"expected_at": DAY}


def test_the_field_that_says_the_moment_says_how_closely() -> None:
    told = fact_of(message(discharged="", occurred="20260401", admitted="20260320100000")).discharge
    assert told is not None
    assert told.precision == {"discharged_at": DAY}


@pytest.mark.parametrize("name", ["died_at", "deceased_at", "deceasedDateTime"])
def test_a_death_told_to_the_day_is_not_before_the_discharge_on_that_day(name: str) -> None:
    assert precision_of(**{name: "2026-04-01"}) == {"died_at": DAY}
    of_person = fact_of(event({"person": PERSON | {"deceased_at": "2026-04-01"}, "discharge": DISCHARGE})).discharge
    assert of_person
    assert of_person.precision == {"died_at": DAY}
