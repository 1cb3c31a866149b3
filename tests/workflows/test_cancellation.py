"""Somebody clicks *Request cancellation* in Temporal's pages: it is noted, and the case goes on."""

import asyncio

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from console.reasons import STEPS
from handoff.repeat import until
from handoff.store import tables
from tests.patience import PATIENCE
from tests.workflows.story import accepted, accepts, assessed, decided, drafted, visited
from tests.workflows.town import GRACE, POLL, Town
from workflows.discharge_handoff import DischargeHandoff

NOTED = "cancellation_requested"
SHORT = 12  # history events: every few facts begin a run


async def cancelled(town: Town, times: int = 1) -> None:
    for _ in range(times):
        with town.env.with_time_skipping_disabled():
            await town.handle.cancel()
            await town.in_order()


async def noted(town: Town) -> int:
    return [row.what for row in await town.rows(tables.timeline)].count(NOTED)


async def runs_again(town: Town) -> Exception | None:
    replayer = Replayer(workflows=[DischargeHandoff], workflow_runner=UnsandboxedWorkflowRunner(), debug_mode=True)
    return (await replayer.replay_workflow(await town.history(), raise_on_replay_failure=False)).replay_failure


@pytest.mark.history("cancellation-requested")
async def test_a_case_that_is_cancelled_at_every_stage_goes_on_to_its_end(town: Town) -> None:
    await town.hospital_tells()
    await cancelled(town)
    await town.tells("presurvey.completed", "gm-centre-cheolsan", town.case_id, score=3)
    await cancelled(town)
    await drafted(town)
    await decided(town)
    await cancelled(town)
    await accepts(town)
    await visited(town)
    await cancelled(town, times=2)
    await town.acts("contact.made", body={})
    await town.closes("reason-3")
    assert await town.ended() == "reason-3"
    assert (await town.handle.describe()).status == WorkflowExecutionStatus.COMPLETED
    assert await noted(town) == 1  # Temporal sends it once to a run
    assert await runs_again(town) is None


async def test_the_timeline_says_that_it_was_asked_for_and_that_the_case_goes_on(town: Town) -> None:
    await town.hospital_tells()
    await cancelled(town)
    [row] = [row for row in await town.rows(tables.timeline) if row.what == NOTED]
    assert (row.who, row.why) == ("", "")  # Temporal does not say who, and a reason may be any text
    assert STEPS[row.what] == "somebody asked Temporal to cancel the workflow; the case goes on"


async def test_clocks_run_on_after_a_cancellation(town: Town) -> None:
    await assessed(town)
    await cancelled(town)
    due = (await town.clock("plan")).due_at
    await town.until(due)
    assert "overdue" in await town.said()


async def test_what_is_being_written_when_the_cancellation_comes_is_written(town: Town) -> None:
    await assessed(town)
    await town.fresh()
    town.calm = False
    with town.env.with_time_skipping_disabled():
        await asyncio.gather(
            *(town.tells("person.unreachable", "gm-centre-cheolsan", town.case_id) for _ in range(8)),
            *(town.acts("contact.failed") for _ in range(8)),
            *(town.handle.cancel() for _ in range(8)),
        )
    town.calm = True
    await town.in_order()
    said = await town.said()
    assert (said.count("contact_failed"), said.count(NOTED)) == (16, 1)
    assert await runs_again(town) is None


async def test_a_case_that_is_cancelled_as_it_begins_goes_on(town: Town) -> None:
    town.calm = False
    arriving = asyncio.create_task(town.hospital_tells())
    await until(lambda: begun(town), POLL)
    with town.env.with_time_skipping_disabled():
        await town.handle.cancel()
    await arriving
    town.calm = True
    await town.tells("presurvey.completed", "gm-centre-cheolsan", town.case_id, score=3)
    assert await noted(town) == 1


async def begun(town: Town) -> bool:
    if not town.case_id:
        return False
    try:
        await town.handle.describe()
    except RPCError:
        return False
    return True


async def test_a_cancellation_while_runs_change_is_noted_and_loses_nothing(town: Town) -> None:
    town.chapter_events = SHORT
    await accepted(town)
    await town.fresh()
    town.calm = False
    for _ in range(6):
        with town.env.with_time_skipping_disabled():
            await asyncio.gather(
                town.tells("person.unreachable", "gm-centre-cheolsan", town.case_id),
                town.handle.cancel(),
                town.tells("person.unreachable", "gm-centre-cheolsan", town.case_id),
            )
    town.calm = True
    await town.in_order()
    said = await town.said()
    assert said.count("contact_failed") == 12
    assert said.count(NOTED) >= 1
    assert (await town.handle.describe()).status == WorkflowExecutionStatus.RUNNING


async def test_a_cancellation_while_the_case_ends_leaves_its_end(town: Town) -> None:
    await assessed(town)
    await town.acts("case.closed", code="outcome-opened-in-error")
    town.calm = False
    await asyncio.gather(town.handle.cancel(), town.passes(hours=GRACE))
    assert await asyncio.wait_for(town.handle.result(), PATIENCE) == "outcome-opened-in-error"
    assert (await town.record()).closed_at is not None
