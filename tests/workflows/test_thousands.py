"""An interface engine in a loop: thousands of facts about one case, while nobody carries it on."""

import asyncio
from collections.abc import Mapping

import pytest
from sqlalchemy import func, select
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner

from activities.case_record import CaseRecord
from events.dispatcher import Dispatcher
from events.intake.inbox import Inbox
from handoff.profile.model import Profile
from handoff.store import tables
from handoff.store.engine import Bell, listening
from tests.events.desk import Desk
from tests.workflows.cases_worker import carrying
from tests.workflows.town import Town
from workflows.client import Handoffs
from workflows.milestone_writer import AT_MOST
from workflows.payloads import PAYLOADS
from workflows.runs import Runs
from workflows.steps import stepped

FACTS = 11_000
WAITS = 5  # a wait between two parts would be 55
LARGEST = 2 * 1024 * 1024  # bytes of one message to Temporal


def counted(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits for the bell, in seconds, as they are begun."""
    waits: list[float] = []
    wait = Bell.wait

    async def counting(self: Bell, seconds: float) -> bool:
        waits.append(seconds)
        return await wait(self, seconds)

    monkeypatch.setattr(Bell, "wait", counting)
    return waits


async def test_eleven_thousand_facts_of_one_case_are_told_in_parts_and_the_case_goes_on(
    town_desk: Desk, temporal_address: str, profiles: Mapping[str, Profile], monkeypatch: pytest.MonkeyPatch
) -> None:
    env = WorkflowEnvironment.from_client(await Client.connect(temporal_address, data_converter=PAYLOADS))
    desk = town_desk
    town = Town(desk, env, Handoffs(env.client), profiles["always"], calm=False)
    left = town.speak().isoformat()
    await town.hospital_tells(discharge={"discharged_at": left}, consent=None)
    inbox = Inbox(desk.engine, desk.vault, town.profile)
    for begin in range(0, FACTS, 200):
        said = [{"discharged_at": left, "disposition": f"x{begin + each}"} for each in range(200)]
        await inbox.take([town.hospital_word(discharge=each, consent=None) for each in said], town.now)
    async with listening(desk.url, "nobody") as bell:
        dispatcher = Dispatcher(desk.engine, desk.vault, town.profile, town.handoffs.tell, bell)
        waits = counted(monkeypatch)
        working = asyncio.create_task(dispatcher.run())  # nobody carries the case on yet
        while await _untold(town):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        assert len(waits) <= WAITS
        dispatcher.stop()
        await working
    record = CaseRecord(desk.engine, desk.vault, lambda code, _: profiles[code], lambda: town.now, stepped)
    async with carrying(env.client, record, UnsandboxedWorkflowRunner()):
        assert (await town.state()).number == FACTS + 1  # once it has acted on all, however slow the machine is
        assert (await town.acts("consent.given")).milestones == ["consent_given"]
    runs = await Runs(env.client).back_to(town.case_id, ())  # a history of this size goes on in another run
    events = [event for run in runs for event in run.history.events]
    assert max(event.ByteSize() for event in events) < LARGEST / 4
    written = [each for each in events if each.event_type == EventType.EVENT_TYPE_MARKER_RECORDED]
    assert len(written) >= FACTS / AT_MOST


async def _untold(town: Town) -> int:
    async with town.desk.engine.connect() as conn:
        waiting = select(func.count()).where(tables.facts.c.case_id == town.case_id, tables.facts.c.told_at.is_(None))
        return int(await conn.scalar(waiting.where(tables.facts.c.state == "numbered")) or 0)
