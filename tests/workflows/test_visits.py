"""Visits and checks: delivered, missed with a ladder, made up; and the end of support."""

import pytest

from handoff.store import tables
from tests.workflows.story import accepted, served, visited
from tests.workflows.town import CENTRE, HELP, SAFETY, Town


@pytest.mark.history("missed-visit")
async def test_a_missed_visit_is_called_about_and_made_up_and_the_second_one_escalates(town: Town) -> None:
    await accepted(town, HELP)
    missed = await visited(town, what="missed", reason="provider")
    assert (await town.open_tasks())["missed-visit"] == "coordinator"
    made_up = await town.visit()
    assert made_up.makes_up == missed
    await visited(town, what="missed", reason="provider")
    assert (await town.open_tasks())["missed-visit-escalated"] == "team-lead"
    await visited(town)
    assert not {"missed-visit", "missed-visit-escalated"} & (await town.open_tasks()).keys()


async def test_nobody_answering_where_there_is_risk_starts_a_safety_check(town: Town) -> None:
    await accepted(town)
    await visited(town, what="missed", reason="no-answer")
    assert (await town.open_tasks())["safety-check"] == "duty-officer"


async def test_a_visit_reported_late_is_still_the_first_service(town: Town) -> None:
    provider = await accepted(town, HELP)
    visit = await town.visit()
    await town.until((await town.clock("visit-report")).due_at)
    await town.tells("visit.completed", provider, visit.visit_id)
    assert (await town.state()).support_began
    assert "visit-report" not in await town.open_tasks()


async def test_a_visit_of_long_ago_that_nobody_awaits_changes_nothing(town: Town) -> None:
    provider = await served(town)
    first = (await town.visits())[0]
    await town.tells("visit.missed", provider, first.visit_id, reason="provider")
    assert [row.state for row in await town.visits()] == ["completed", "scheduled"]


@pytest.mark.history("reviewed-and-closed")
async def test_a_series_delivered_to_its_end_is_reviewed_and_closed_by_a_person(town: Town) -> None:
    await accepted(town, HELP)
    for _ in range(4):
        await visited(town)
    assert (await town.state()).lines[f"{town.case_id}.1"].state == "completed"
    assert (await town.open_tasks())["review-end"] == "coordinator"
    assert {row.reserved for row in await town.rows(tables.referrals)} == {0}
    await town.closes("reason-3")
    assert await town.ended() == "reason-3"


async def test_after_the_last_service_a_new_plan_goes_on(town: Town) -> None:
    await served(town, SAFETY)
    assert "review-end" in await town.open_tasks()
    await town.tells("plan.drafted", CENTRE, town.case_id, lines=[HELP])
    await town.tells("plan.approved", "gm-conference", town.case_id, version=2)
    assert "review-end" not in await town.open_tasks()
    assert (await town.offer(2))[0]
    await town.tells("referral.accepted", (await town.offer(2))[1], (await town.offer(2))[0])
    for _ in range(4):
        await visited(town, 2)
    assert "review-end" in await town.open_tasks()


async def test_a_check_that_fails_climbs_its_ladder_to_a_safety_check(town: Town) -> None:
    await served(town)
    await town.until((await town.clock("check:day-3")).due_at)
    for _ in range(3):
        await town.tells("check.failed", CENTRE, f"{town.case_id}.day-3", reason="no-answer")
    assert (await town.open_tasks())["safety-check"] == "duty-officer"
    await town.tells("check.completed", CENTRE, f"{town.case_id}.day-3", result="well")
    assert "safety-check" not in await town.open_tasks()


async def test_every_visit_of_a_series_is_planned_once_the_one_before_is_over(town: Town) -> None:
    await accepted(town)
    for _ in range(5):
        await visited(town)
    numbers = [row.number for row in await town.visits()]
    assert numbers == [1, 2, 3, 4, 5, 6]
