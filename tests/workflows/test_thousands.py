"""An interface engine in a loop: thousands of facts about one case, while nobody carries it on."""

from collections.abc import Mapping

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.case_record import CaseRecord
from events.inbox import Inbox
from events.teller import Teller
from handoff.profile import Profile
from handoff.store import tables
from handoff.store.engine import Bell
from tests.events.desk import Desk
from tests.workflows.town import Town
from workflows.client import TASK_QUEUE, Handoffs
from workflows.discharge_handoff import DischargeHandoff
from workflows.record import AT_MOST

FACTS = 11_000
LARGEST = 2 * 1024 * 1024  # bytes of one message to Temporal

pytestmark = pytest.mark.timeout(180)


async def test_eleven_thousand_facts_of_one_case_are_told_in_parts_and_the_case_goes_on(
    town_desk: Desk, temporal_address: str, profiles: Mapping[str, Profile]
) -> None:
    env = WorkflowEnvironment.from_client(await Client.connect(temporal_address))
    desk = town_desk
    town = Town(desk, env, Handoffs(env.client), profiles["always"], calm=False)
    left = town.speak().isoformat()
    await town.hospital_tells(discharge={"discharged_at": left}, consent=None)
    inbox = Inbox(desk.engine, desk.vault, town.profile)
    for begin in range(0, FACTS, 200):
        said = [{"discharged_at": left, "disposition": f"x{begin + each}"} for each in range(200)]
        await inbox.take([town.hospital_word(discharge=each, consent=None) for each in said], town.now)
    teller = Teller(desk.engine, desk.vault, town.profile, town.handoffs.tell, Bell(desk.url, "nobody"))
    rounds = 0
    while await teller.tell_once():  # nobody carries the case on yet
        rounds += 1
    assert rounds == FACTS / 200
    assert all(fact.told_at for fact in await desk.rows(tables.facts))
    record = CaseRecord(desk.engine, desk.vault, lambda code, _: profiles[code], lambda: town.now)
    async with Worker(
        env.client,
        task_queue=TASK_QUEUE,
        workflows=[DischargeHandoff],
        activities=[record.write_milestones],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        assert (await town.acts("consent.given")).milestones == ["consent_given"]
        assert (await town.state()).number == FACTS + 1
    sizes = [event.ByteSize() async for event in town.handle.fetch_history_events()]
    assert max(sizes) < LARGEST / 4
    written = [each async for each in town.handle.fetch_history_events() if _writes(each)]
    assert len(written) >= FACTS / AT_MOST


def _writes(event: object) -> bool:
    return getattr(event, "event_type", 0) == EventType.EVENT_TYPE_MARKER_RECORDED
