"""Moments as feeds write them: zones, zeros, parts of a date, and how closely they are told."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from events.readers import read
from events.readers.hl7v2.moments import moment
from events.readers.precision import precision
from handoff.fact import Discharge, Fact
from handoff.rules import plausibility
from tests.events.readers.told import (
    DISCHARGE,
    NOW,
    PERSON,
    adt,
    doubts_of,
    event,
    fact_of,
    message,
    of_event,
    of_message,
)

KST = timezone(timedelta(hours=9))
TEN = datetime(2026, 11, 24, 10, 0, tzinfo=KST)
DAY, HOUR, MINUTE, SECOND = 86400, 3600, 60, 1


def stay_of(fact: Fact) -> Discharge:
    assert fact.discharge
    return fact.discharge


@pytest.mark.parametrize(
    ("sent", "expected", "seconds"),
    [
        ("20261124", TEN.replace(hour=0), DAY),
        ("2026112410", TEN, HOUR),
        ("202611241000", TEN, MINUTE),
        ("2026112400", TEN.replace(hour=0), DAY),
        ("202611240000", TEN.replace(hour=0), DAY),
        ("2026-11-24T00:00", TEN.replace(hour=0), DAY),
        ("2026-11-24 00:00:00", TEN.replace(hour=0), DAY),
        ("202611240001", TEN.replace(hour=0, minute=1), MINUTE),
        ("20261124100000", TEN, SECOND),
        ("20261124100000.1", TEN + timedelta(milliseconds=100), SECOND),
        ("20261124100000.1234", TEN + timedelta(microseconds=123400), SECOND),
        ("20261124100000.1234567+0900", TEN + timedelta(microseconds=123456), SECOND),
        ("20261124010000+0000", TEN, SECOND),
        ("20261124010000-0000", TEN, SECOND),
        ("20261123200000-0500", TEN, SECOND),
        ("20261124010000Z", TEN, SECOND),
        ("20261124+0900", TEN.replace(hour=0), DAY),
        ("202611241000+0900", TEN, MINUTE),
        ("20261124 1000", TEN, MINUTE),
        ("20261124T100000", TEN, SECOND),
        ("20261124 10:00:00", TEN, SECOND),
        ("202611242400", TEN.replace(hour=0) + timedelta(days=1), MINUTE),
        ("20261124240000", TEN.replace(hour=0) + timedelta(days=1), SECOND),
        ("2026-11-24 24:00", TEN.replace(hour=0) + timedelta(days=1), MINUTE),
        ("20261124095960", TEN, SECOND),
        ("2026-11-24T09:59:60+09:00", TEN, SECOND),
        ("2026-11-24", TEN.replace(hour=0), DAY),
        ("2026-11-24T10:00", TEN, MINUTE),
        ("2026-11-24T10:00:00", TEN, SECOND),
        ("2026-11-24T01:00:00Z", TEN, SECOND),
        ("2026-11-24T10:00:00.000+09:00", TEN, SECOND),
        ("2026-11-24 10:00:00", TEN, SECOND),
        ("2026/11/24", TEN.replace(hour=0), DAY),
        ("2026/11/24 10:00", TEN, MINUTE),
        ("2026.11.24", TEN.replace(hour=0), DAY),
        ("2026.11.24 10:00", TEN, MINUTE),
        ("2026. 11. 24. 10:00", TEN, MINUTE),
        ("2026-1-4", datetime(2026, 1, 4, tzinfo=KST), DAY),
    ],
)
def test_a_moment_is_read_in_any_form_and_as_closely_as_it_is_told(sent: str, expected: datetime, seconds: int) -> None:
    assert (moment(sent, KST), precision(sent)) == (expected, seconds)


@pytest.mark.parametrize(
    "sent",
    [
        *("2026", "202611", "20261301", "20261132", "20260229", "2026112425", "202611241060", "soon", "10:00"),
        *("2026-11/24", "2026-13-01", "18800101", "22000101", "20261124100000+1500", "2026112410000", "오늘"),
    ],
)
def test_what_is_no_moment_is_not_read(sent: str) -> None:
    assert moment(sent, KST) is None


@pytest.mark.parametrize(
    ("header", "sent", "expected"),
    [
        ("20261124010500+0000", "202611240100", TEN),
        ("20261123200500-0500", "202611232000", TEN),
        ("20261124063500+0530", "20261124063000", TEN),
        ("20261124010500.123+0000", "202611240100", TEN),
        ("2026-11-24T01:05:00Z", "202611240100", TEN),
        ("20261124100500+0900", "202611241000", TEN),
        ("20261124010500+0000", "202611241000+0900", TEN),
        ("20261124100500", "202611240100+0000", TEN),
        ("20261124100500", "202611241000", TEN),
        ("", "202611241000", TEN),
        ("now", "202611241000", TEN),
        ("20261124100500+9900", "202611241000", TEN),
    ],
)
def test_the_offset_of_msh_7_is_that_of_the_whole_message(header: str, sent: str, expected: datetime) -> None:
    fields = {"discharged": sent, "admitted": sent, "recorded": sent, "occurred": sent, "died": sent}
    fact = read(message(sent=header, **fields), datetime(2026, 11, 25, tzinfo=UTC))
    assert isinstance(fact, Fact)
    stay = stay_of(fact)
    moments = (stay.discharged_at, stay.admitted_at, stay.died_at, fact.occurred_at, fact.written_at)
    assert moments == (expected,) * 5


def test_a_birth_date_is_a_day_in_any_zone() -> None:
    assert of_message(sent="20260401010500+0000", born="19430214").birth_date == date(1943, 2, 14)
    assert of_message(born="194302142330-0800").birth_date == date(1943, 2, 14)


ZEROS = ["0", "0000", "00000000", "000000000000", "00000000000000", "0000-00-00", "0000-00-00 00:00:00", "0000/00/00"]
ZEROS += ["0000.00.00", "0000-00-00T00:00:00", "00000000000000.0000", '""', ""]
ZEROS += [
    "00000000000000+0900",
    "00000000+0900",
    "0000.0000+0900",
    "0000-00-00T00:00:00Z",
    "0000-00-00 00:00:00 +09:00",
]
NULLS = ["99991231", "99991231000000", "9999-12-31", "99991231235959.999+0900", "00010101000000", "0001-01-01T00:00:00"]
NULLS += ["29991231", "30001231000000", "18991230", "1899-12-30 00:00:00", "17530101", "9999"]
NULLS += ["19000101", "1900-01-01 00:00:00", "99999999"]


NO_MOMENTS = ["0000-00-00T00:00:00+09:00", "0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "9999-12-31", "99991231"]


WORDS = ["NULL", "null", "없음", "N/A", "미정", "//", '""', ' "" ', "unknown"]


@pytest.mark.parametrize("zero", [*ZEROS, *NULLS, *WORDS])
def test_zeros_stand_for_no_moment(zero: str) -> None:
    fields = dict.fromkeys(("discharged", "admitted", "born", "died"), zero)
    record = message(**fields, occurred="202604011000")
    fact = fact_of(record)
    stay = stay_of(fact)
    assert (stay.discharged_at, stay.precision["discharged_at"]) == (datetime(2026, 4, 1, 1, 0, tzinfo=UTC), MINUTE)
    assert (stay.admitted_at, stay.died_at, stay.death) == (None, None, False)
    assert fact.person
    assert (fact.person.birth_date, doubts_of(record)) == (None, {})


def test_zeros_in_the_fields_of_the_event_are_passed_over() -> None:
    fact = fact_of(message(occurred="00000000", recorded="00000000000000"))
    assert (fact.occurred_at, fact.written_at, fact.doubts) == (NOW, datetime(2026, 4, 1, 1, 10, tzinfo=UTC), ())


@pytest.mark.parametrize("zero", ["0000-00-00", "00000000", "0000-00-00T00:00:00", "0000-00-00 00:00:00", *NO_MOMENTS])
def test_zeros_in_an_event_stand_for_no_moment_too(zero: str) -> None:
    stay = dict.fromkeys(("discharged_at", "expected_at", "admitted_at", "died_at", "deceased_at"), zero)
    fact = fact_of(event({"person": PERSON | {"birth_date": zero}, "discharge": {"reference": "V-1"} | stay}))
    assert fact.person
    assert (fact.person.birth_date, fact.discharge) == (None, Discharge())


PARTS = [
    "1943",
    "19430000000000",
    "19430200000000",
    "1943-XX-XX",
    "1943-02-XX",
    "194302",
    "1943-02",
    "1943/02",
    "19430000",
    "19430200",
    "1943-00-00",
    "1943-02-00",
    "1943.02",
]


def period(born: str) -> str:
    return "1943-02" if "02" in born.removesuffix("+0900")[4:] else "1943"


@pytest.mark.parametrize("born", [*PARTS, "1943+0900", "194302+0900"])
def test_a_year_or_month_of_birth_is_no_day_and_no_doubt(born: str) -> None:
    person = of_message(born=born)
    assert (person.birth_date, person.born_in, doubts_of(message(born=born))) == (None, period(born), {})


@pytest.mark.parametrize("born", PARTS)
def test_a_year_or_month_of_birth_in_an_event_is_no_day_either(born: str) -> None:
    person = of_event(birth_date=born)
    assert (person.birth_date, person.born_in) == (None, period(born))


@pytest.mark.parametrize("born", ["194313", "1943-13", "19430230", "1700", "2300", "430214", "43", "yesterday"])
def test_another_birth_date_that_is_no_day_is_a_doubt(born: str) -> None:
    assert doubts_of(message(born=born)) == {"PID-7": "moment-unreadable"}


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        ("19001231", date(1900, 12, 31)),
        ("19000102", date(1900, 1, 2)),
        ("1943-02-14", date(1943, 2, 14)),
        ("1943/02/14", date(1943, 2, 14)),
        ("1943.2.14", date(1943, 2, 14)),
    ],
)
def test_a_birth_date_is_read_with_separators(born: str, expected: date) -> None:
    assert (of_message(born=born).birth_date, doubts_of(message(born=born))) == (expected, {})


@pytest.mark.parametrize(
    ("admitted", "discharged", "doubted"),
    [
        ("20260401100030", "202604011000", False),
        ("20260401100030", "2026040110", False),
        ("20260401100030", "20260401", False),
        ("20260401100030", "2026/04/01", False),
        ("20260401100030", "2026.04.01 10:00", False),
        ("202604011000", "20260401100030", False),
        ("20260401", "20260401", False),
        ("20260401100030", "20260401000000", False),
        ("20260401100030", "20260401000000+0900", False),
        ("20260401100030", "2026-04-01 00:00:00", False),
        ("20260401100030", "20260401000001", True),
        ("20260401100030", "20260331000000", True),
        ("20260401100100", "202604011000", True),
        ("20260401100030", "20260401100000", True),
        ("202604011000", "20260401095959", True),
        ("20260401", "20260331235959", True),
        ("20260401", "20260331", True),
    ],
)
def test_what_is_told_to_the_minute_is_not_before_another_moment_in_it(
    admitted: str, discharged: str, *, doubted: bool
) -> None:
    fact = fact_of(message(adt(admitted=admitted, discharged=discharged)))
    codes = [doubt.code for doubt in plausibility.doubts(fact.discharge, fact.person, NOW)]
    assert ("discharge-before-admission" in codes) == doubted


@pytest.mark.parametrize(
    ("admitted", "discharged", "doubted"),
    [
        ("2026-04-01T10:00:30+09:00", "2026-04-01T10:00+09:00", False),
        ("2026-04-01T10:00:30+09:00", "2026-04-01", False),
        ("2026-04-01T10:00:30+09:00", "2026-04-01T10:00:00+09:00", True),
    ],
)
def test_the_same_counts_for_an_event(admitted: str, discharged: str, *, doubted: bool) -> None:
    data: dict[str, Any] = {
        "person": PERSON,
        "discharge": DISCHARGE | {"admitted_at": admitted, "discharged_at": discharged},
    }
    fact = fact_of(event(data))
    codes = [doubt.code for doubt in plausibility.doubts(fact.discharge, fact.person, NOW)]
    assert ("discharge-before-admission" in codes) == doubted
