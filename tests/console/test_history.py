"""The history of a case: the record beside Temporal's events, and nothing of Temporal's bookkeeping."""

import asyncio

import pytest
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowContinuedAsNewError

from tests.console.office import Office
from tests.patience import PATIENCE
from tests.workflows.town import Town
from workflows.discharge_handoff import NEXT_TASK


def length(event: HistoryEvent) -> float:
    """Seconds of a timer that starts here."""
    return event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta().total_seconds()


async def test_the_history_puts_the_record_beside_temporal(town: Town, office: Office) -> None:
    await town.hospital_tells()
    await office.answers(f"contact {town.case_id} --made --as coordinator")
    history = await office.answers(f"history {town.case_id} --json")
    said = {(each["from"], each["what"]) for each in history}
    assert ("record", "coordinator: contact_made") in said
    assert ("temporal", "action accepted") in said
    written = [each["detail"] for each in history if each["what"] == "milestones written"]
    assert any("case_screened" in each for each in written)
    assert written[-1] == ""
    assert [each["detail"] for each in history if each["what"] == "milestones to write"] == ["contact_made"]


async def test_the_history_leaves_out_the_timer_with_which_a_run_ends(town: Town, office: Office) -> None:
    town.chapter_events = 12
    await town.hospital_tells()
    first = (await town.handle.describe()).run_id
    for _ in range(3):  # facts: a local activity writes them
        await town.tells("person.unreachable", "gm-centre-cheolsan", town.case_id)
    run = town.env.client.get_workflow_handle(town.handle.id, run_id=first)
    with pytest.raises(WorkflowContinuedAsNewError):
        await asyncio.wait_for(run.result(follow_runs=False), PATIENCE)
    assert NEXT_TASK in [length(event) for event in (await run.fetch_history()).events]
    history = await office.answers(f"history {town.case_id} --json")
    coded = [each["what"] for each in history]
    assert "the chapter is full" in coded
    assert "waits for the next deadline" in coded
    assert "a deadline has come" not in coded
    assert "0 s" not in [each["detail"] for each in history]
