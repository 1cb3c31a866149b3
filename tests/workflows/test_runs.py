"""A long life is told in chapters: a case that continues as new loses nothing and does nothing twice."""

import asyncio
from collections import Counter

import pytest
from temporalio.client import WorkflowExecutionStatus

from handoff.store import tables
from tests.workflows.story import accepted, accepts, approved, visited
from tests.workflows.town import MEALS, SAFETY, Town
from workflows import client
from workflows.client import workflow_id

SHORT = 12  # history events: every few facts begin a chapter


@pytest.fixture
def short(town: Town) -> Town:
    town.chapter_events = SHORT
    return town


async def chapters(town: Town) -> int:
    query = f"WorkflowId = '{workflow_id(town.case_id)}'"
    found = town.env.client.list_workflows(query)
    return sum([each.status == WorkflowExecutionStatus.CONTINUED_AS_NEW async for each in found])


async def test_a_whole_handoff_in_short_chapters_ends_as_in_one(short: Town) -> None:
    town = short
    await approved(town, MEALS, SAFETY)
    await accepts(town, 1)
    await accepts(town, 2)
    for line in (2, 1, 1):
        await visited(town, line)
    run = (await town.handle.describe()).run_id
    assert run != (await town.handle.describe()).raw_description.workflow_execution_info.first_run_id
    assert Counter(row.state for row in await town.rows(tables.visits)) == {"completed": 3, "scheduled": 1}
    assert [row.state for row in await town.rows(tables.referrals)] == ["in-progress", "completed"]
    await town.acts("case.closed", code="reason-3")
    assert await town.ended() == "reason-3"


async def test_clocks_and_marks_are_carried_into_the_next_chapter(short: Town) -> None:
    town = short
    await accepted(town)
    before = (await town.clock("first-service")).due_at
    for _ in range(4):
        await town.tells("person.unreachable", "gm-centre-cheolsan", town.case_id)
    case = await town.state()
    assert case.dues["first-service"].due_at == before
    assert (await town.marks())["HandoffStage"] == "services"
    await town.until(before)
    assert (await town.open_tasks())["first-service-late"] == "team-lead"
    assert (await town.marks())["HandoffOverdue"] is True


async def test_facts_and_actions_under_way_while_chapters_change_are_done_once_each(
    short: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = short
    monkeypatch.setattr(client, "ACT_WITHIN", 60.0)
    await accepted(town)
    await town.fresh()
    town.calm = False
    done = await asyncio.gather(
        *(town.acts("contact.failed") for _ in range(12)),
        *(town.tells("person.unreachable", "gm-centre-cheolsan", town.case_id) for _ in range(12)),
    )
    town.calm = True
    await town.quiet()
    await town.in_order()
    assert [each.milestones for each in done if each] == [["contact_failed", "next_attempt"]] * 12
    said = Counter(row.what for row in await town.fresh())
    assert said["contact_failed"] == 24


async def test_a_case_is_quiet_before_a_chapter_ends(short: Town) -> None:
    town = short
    await approved(town, MEALS, SAFETY)
    offers = [await town.offer(line) for line in (1, 2)]
    await town.tell_together(*(("referral.declined", who, offer, {"reason": "other"}) for offer, who in offers))
    assert len({(await town.offer(line))[0] for line in (1, 2)}) == 2
