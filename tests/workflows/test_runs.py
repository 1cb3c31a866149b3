"""A long life is told in chapters: a case that continues as new loses nothing and does nothing twice."""

import asyncio
from collections import Counter
from collections.abc import Mapping

import pytest
from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowContinuedAsNewError, WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from activities.case_record import CaseRecord, Writing
from handoff.case.messages import CaseEvent, MilestoneResult
from handoff.profile.model import Profile
from handoff.store import tables
from tests.events.desk import Desk
from tests.patience import PATIENCE
from tests.workflows.cases_worker import carrying
from tests.workflows.story import accepted, accepts, approved, visited
from tests.workflows.town import MEALS, SAFETY, Town
from workflows import client
from workflows.client import Handoffs, workflow_id
from workflows.messages import Facts
from workflows.payloads import PAYLOADS
from workflows.steps import stepped

SLOW = 1.5  # seconds
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
    await town.closes("reason-3")
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


class SlowRecord(CaseRecord):
    """A record whose PostgreSQL takes its time."""

    @activity.defn
    async def write_milestones(self, writing: Writing) -> list[MilestoneResult]:
        await asyncio.sleep(SLOW)
        return await super().write_milestones(writing)


async def test_a_run_does_not_end_in_a_task_that_wrote_though_the_task_outlasted_its_time_out(
    temporal_address: str, town_desk: Desk, profiles: Mapping[str, Profile]
) -> None:
    """After eight seconds the SDK completes such a task and goes on in the next one."""
    env = WorkflowEnvironment.from_client(await Client.connect(temporal_address, data_converter=PAYLOADS))
    town = Town(town_desk, env, Handoffs(env.client), profiles["always"], chapter_events=SHORT)
    record = SlowRecord(town_desk.engine, town_desk.vault, lambda *_: town.profile, lambda: town_desk.now, stepped)
    async with carrying(env.client, record):
        assert await town.hospital_tells() == "opened"
        first = (await town.handle.describe()).run_id
        for number in range(2, 9):
            fact = CaseEvent("contact.failed", town.now, "gm-centre-cheolsan", number)
            await town.handoffs.tell(town.case_id, Facts([fact]), opened=False)
        run = env.client.get_workflow_handle(workflow_id(town.case_id), run_id=first)
        with pytest.raises(WorkflowContinuedAsNewError):
            await asyncio.wait_for(run.result(follow_runs=False), PATIENCE)
        await town.in_order()
    kinds = [event.event_type for event in (await run.fetch_history()).events]
    assert kinds[-1] == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
    assert kinds[-2] == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


async def test_a_case_is_quiet_before_a_chapter_ends(short: Town) -> None:
    town = short
    await approved(town, MEALS, SAFETY)
    offers = [await town.offer(line) for line in (1, 2)]
    await town.tell_together(*(("referral.declined", who, offer, {"reason": "other"}) for offer, who in offers))
    assert len({(await town.offer(line))[0] for line in (1, 2)}) == 2
