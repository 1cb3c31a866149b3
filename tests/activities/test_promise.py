"""No promise where there is none: who has a clock of the first service and checks, and from when."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from handoff.store.tables import clocks
from tests.activities.chart import BOKSUN, MEALS, MONDAY, Chart, Ward

CHECKS = {"day-3", "day-7", "day-30"}
YOUNG = replace(BOKSUN, birth_date=date(1990, 1, 1))
NHIS = "nhis-gwangmyeong"


async def promised(chart: Chart) -> bool:
    """Whether the case has the clock of the first service and its checks; never only one of both."""
    running, checks = await chart.running(), await chart.checks()
    names = {"first-service", *(f"check:{name}" for name in CHECKS)}
    assert (names <= running) == (checks.keys() >= CHECKS)
    assert names <= running or not names & running
    return names <= running


async def guided(chart: Chart) -> None:
    await chart.surveyed(score=0)


async def guided_with_a_complex_need(chart: Chart) -> None:
    await chart.surveyed(score=1, complex_need=True)


async def without_a_complex_need(chart: Chart) -> None:
    await chart.surveyed(score=3, complex_need=False)


async def determined_as_not_eligible(chart: Chart) -> None:
    await chart.surveyed(score=5)
    await chart.write("determination_recorded", code="not-eligible", who=NHIS)


async def refused(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("consent_refused")


NOT_PROMISED: list[Callable[[Chart], Awaitable[None]]] = [
    guided,
    guided_with_a_complex_need,
    without_a_complex_need,
    determined_as_not_eligible,
    refused,
]


@pytest.mark.parametrize("way", NOT_PROMISED)
async def test_nothing_is_promised_any_more_and_a_new_date_does_not_change_that(
    chart: Chart, way: Callable[[Chart], Awaitable[None]]
) -> None:
    await chart.write("case_screened")
    assert await promised(chart)
    await chart.write("overdue", "first-service")
    await way(chart)
    assert not await promised(chart)
    assert "first-service-late" not in await chart.tasks()
    await chart.write("discharge_corrected", until=MONDAY - timedelta(hours=2), code="actual")
    assert not await promised(chart)


@pytest.mark.parametrize("way", NOT_PROMISED[:-1])
async def test_an_eligibility_that_is_learned_later_promises_all_from_the_discharge(
    chart: Chart, way: Callable[[Chart], Awaitable[None]]
) -> None:
    await way(chart)
    chart.passes(hours=5)
    await chart.write("determination_recorded", code="eligible", who=NHIS)
    assert await promised(chart)
    due = {row.name: row.due_at for row in await chart.rows(clocks) if row.ended_at is None}
    assert due["check:day-7"] == MONDAY + timedelta(days=7)
    assert due["first-service"] == MONDAY + timedelta(days=2)


async def test_a_person_who_is_not_eligible_from_the_start_is_promised_nothing(ward: Ward) -> None:
    groups = ward.profile.eligibility.model_copy(update={"groups": ()})
    chart = await replace(ward, profile=ward.profile.model_copy(update={"eligibility": groups})).admitted(
        person=replace(YOUNG, severe_disability=False)
    )
    assert (await chart.write("case_screened")).verdict == "not-eligible"
    assert not await promised(chart)
    fact = await chart.told("presurvey.completed", {"found": {"severe_disability": True}}, "desk")
    await chart.write("presurvey_recorded", quantity=3, fact=fact)
    assert await promised(chart)


async def test_an_eligible_person_in_hospital_is_promised_all_after_the_return(chart: Chart) -> None:
    await chart.surveyed(score=0)
    await chart.write("suspended", until=chart.now)
    await chart.write("determination_recorded", code="eligible", who=NHIS)
    assert not await promised(chart)
    chart.passes(days=1)
    await chart.write("resumed", until=chart.now, code="actual")
    assert await promised(chart)


async def test_a_survey_of_an_eligible_person_moves_no_clock(chart: Chart) -> None:
    screened = await chart.write("case_screened")
    chart.passes(hours=3)
    surveyed = await chart.surveyed(score=2)
    names = {due.name for due in screened.dues if due.name == "first-service" or due.name.startswith("check:")}
    assert names
    assert not names & {due.name for due in surveyed.dues}
    assert await promised(chart)


async def test_support_that_has_begun_is_promised_no_first_service_again(chart: Chart) -> None:
    [offer] = await chart.served(MEALS)
    await chart.visited(offer.rpartition(".")[0])
    await chart.write("determination_recorded", code="not-eligible", who=NHIS)
    assert not await chart.checks()
    await chart.write("determination_recorded", code="eligible", who=NHIS)
    assert "first-service" not in await chart.running()
    assert (await chart.checks()).keys() >= CHECKS
