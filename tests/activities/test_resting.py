"""While a clock stands still its task rests: it is not overdue, and comes back with the time left."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

import pytest

from handoff.store.queries import monitoring, reads
from handoff.worklist.next_action import OpenTask
from tests.activities.chart import MEALS, Chart


class Standstill(NamedTuple):
    """What lets a task rest, the reason that it shows, and what lets it go on."""

    begins: str
    kind: str
    reason: str
    ends: str


STANDSTILLS = [
    Standstill("suspended", "contact", "readmitted", "resumed"),
    Standstill("suspended", "draft-plan", "readmitted", "resumed"),
    Standstill("consent_withdrawn", "draft-plan", "consent-withdrawn", "consent_given"),
    Standstill("disclosure_restricted", "assess", "access-restricted", "disclosure_allowed"),
    Standstill("death_doubted", "draft-plan", "died", "death_taken_back"),
    Standstill("death_told", "draft-plan", "died", "death_taken_back"),
    Standstill("discharge_cancelled", "draft-plan", "discharge-cancelled", "discharge_renewed"),
]


async def called(chart: Chart) -> None:
    await chart.write("case_screened")


async def surveyed(chart: Chart) -> None:
    await chart.surveyed(score=2)


async def waiting_for_a_survey(chart: Chart) -> None:
    """A survey that is asked for by phone: the request came while access was restricted once before."""
    await chart.write("case_screened")
    await chart.write("disclosure_restricted")
    await chart.write("assessment_requested")
    await chart.write("disclosure_allowed")


ASKS: Mapping[str, Callable[[Chart], Awaitable[None]]] = {
    "contact": called,
    "draft-plan": surveyed,
    "assess": waiting_for_a_survey,
}
CLOCKS = {"contact": "first-contact", "draft-plan": "plan", "assess": "presurvey"}


async def task(chart: Chart, kind: str) -> OpenTask:
    """The task of this kind, as the list of tasks has it now."""
    async with chart.ward.engine.connect() as conn:
        [listed] = [row for row in await reads.open_tasks(conn, chart.now, chart.case) if row.kind == kind]
        assert listed in [row for row in await reads.open_tasks(conn, chart.now) if row.kind == kind]
    return listed


async def overdue(chart: Chart) -> set[str]:
    """The kinds of the overdue tasks, as the monitoring counts them too."""
    async with chart.ward.engine.connect() as conn:
        late = await reads.overdue_tasks(conn, chart.now)
        counted = await monitoring.overdue(conn, chart.now)
        assert (counted.count, counted.first) == (len(late), late[0].task if late else "")
    return {row.kind for row in late}


@pytest.mark.parametrize("case", STANDSTILLS, ids=lambda case: f"{case.begins}-{case.kind}")
async def test_a_task_rests_while_its_clock_stands_still_and_comes_back_with_the_time_left(
    chart: Chart, case: Standstill
) -> None:
    await ASKS[case.kind](chart)
    before = await task(chart, case.kind)
    assert (before.rests, before.overdue(chart.now)) == ("", False)
    await chart.write(case.begins)
    chart.passes(days=60)
    rests = await task(chart, case.kind)
    assert (rests.rests, rests.overdue(chart.now)) == (case.reason, False)
    assert case.kind not in await overdue(chart)
    async with chart.ward.engine.connect() as conn:
        following = await reads.next_of(conn, chart.case, chart.now)
        [row] = await reads.all_cases(conn, chart.now, chart.ward.profile, closed=False)
    assert following is None or following.action != rests.asks
    assert row.next == following
    await chart.write(case.ends)
    back = await task(chart, case.kind)
    assert (back.rests, back.overdue(chart.now)) == ("", False)
    assert back.due_at == (await chart.clock(CLOCKS[case.kind])).due_at > chart.now


@pytest.mark.parametrize("death", ["death_doubted", "death_told"])
async def test_a_task_that_leads_to_the_household_is_not_even_listed_after_a_death(chart: Chart, death: str) -> None:
    await chart.surveyed(score=2)
    await chart.write(death, until=chart.now)
    async with chart.ward.engine.connect() as conn:
        listed = await reads.open_tasks(conn, chart.now, chart.case)
    assert {row.kind: row.rests for row in listed} == {"draft-plan": "died", "confirm-death": ""}
    await chart.write("death_taken_back")
    assert (await task(chart, "contact")).rests == ""


async def test_a_case_is_not_overdue_for_what_rests_and_is_overdue_for_what_does_not(chart: Chart) -> None:
    await chart.surveyed(score=2)
    await chart.write("consent_withdrawn")
    chart.passes(days=60)
    late = await overdue(chart)
    assert "draft-plan" not in late
    assert "consent-again" in late  # its clock goes on


async def test_what_was_overdue_before_rests_too_and_is_overdue_again(chart: Chart) -> None:
    await chart.surveyed(score=2)
    chart.passes(days=60)
    assert "draft-plan" in await overdue(chart)
    await chart.write("consent_withdrawn")
    assert "draft-plan" not in await overdue(chart)
    await chart.write("consent_given")
    assert "draft-plan" in await overdue(chart)


async def test_a_task_is_not_escalated_while_its_clock_stands_still(chart: Chart) -> None:
    await chart.surveyed(score=2)
    await chart.write("suspended", until=chart.now)
    chart.passes(days=60)
    assert (await chart.write("overdue", "plan")).verdict == "gone"
    assert (await task(chart, "draft-plan")).escalated_at is None


async def test_a_closed_case_has_no_task_that_rests(chart: Chart) -> None:
    await chart.served(MEALS)
    await chart.write("case_screened")
    await chart.write("death_told", until=chart.now)
    await chart.write("closed", code="reason-1")
    async with chart.ward.engine.connect() as conn:
        assert await reads.open_tasks(conn, chart.now, chart.case) == []
