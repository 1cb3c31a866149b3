"""PostgreSQL away while a case runs: its milestone goes on as an ordinary activity, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from activities.case_record import CaseRecord
from handoff.case.messages import CaseEvent
from handoff.profile.model import Profile
from handoff.rules.calendar import DAY
from handoff.store import tables
from handoff.store.engine import connect
from handoff.store.migrations import migrate
from tests.conftest import SessionStack
from tests.events.desk import Desk
from tests.patience import PATIENCE
from tests.workflows.cases_worker import carrying
from tests.workflows.story import approved
from tests.workflows.town import MEALS, POLL, Town
from workers.embedded.supervisor import Supervisor
from workflows.client import Handoffs
from workflows.messages import Facts
from workflows.payloads import PAYLOADS
from workflows.steps import stepped


@pytest.fixture
async def own_postgres(tmp_path: Path) -> AsyncIterator[tuple[Supervisor, str]]:
    """A PostgreSQL of this test's own, which it may stop."""
    stack = SessionStack(tmp_path)
    keeper = await stack.started(stack.servers.postgres.part())
    await migrate(stack.endpoints.postgres_url)
    yield keeper, stack.endpoints.postgres_url
    await stack.stop()


async def test_a_milestone_outlasts_an_outage_of_the_store(
    own_postgres: tuple[Supervisor, str], temporal_address: str, profiles: Mapping[str, Profile]
) -> None:
    postgres, url = own_postgres
    engine = connect(url)
    desk = Desk(engine, url)
    env = WorkflowEnvironment.from_client(await Client.connect(temporal_address, data_converter=PAYLOADS))
    town = Town(desk, env, Handoffs(env.client), profiles["always"])
    record = CaseRecord(engine, desk.vault, lambda code, _: profiles[code], lambda: desk.now, stepped)
    async with carrying(env.client, record):
        await town.hospital_tells()
        await town.fresh()
        await postgres.stop()
        fact = CaseEvent("contact.failed", town.now, "gm-centre-cheolsan", 2)
        await town.handoffs.tell(
            town.case_id, Facts([fact, replace(fact, number=3, kind="contact.made")]), opened=False
        )
        await _happens(town, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
        await postgres.start()
        await town.in_order()
        assert await town.said() == ["contact_failed", "next_attempt", "contact_made"]
        await town.tells("presurvey.completed", "gm-centre-cheolsan", town.case_id, score=3)
    await engine.dispose()


async def test_a_record_that_refuses_holds_the_case_and_it_goes_on_once_that_is_mended(town: Town) -> None:
    await town.hospital_tells()
    await _stands_there(town, "contact_made:contact.made#2")
    fact = CaseEvent("contact.made", town.now, "desk", 2)
    await town.handoffs.tell(town.case_id, Facts([fact]), opened=False)
    await _happens(town, EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED)
    await _mended(town)
    await town.in_order()
    assert "contact_made" in await town.said()
    assert "contact" not in await town.open_tasks()


async def test_an_action_that_the_record_refuses_is_done_once_that_is_mended(town: Town) -> None:
    await town.hospital_tells()
    await _stands_there(town, "contact_made:contact.made#a0")
    told = CaseEvent("contact.made", town.now, "kim")
    acting = asyncio.create_task(town.handoffs.act(town.case_id, told, once="one-and-the-same"))
    await asyncio.wait_for(_refused(town, "KeyReused"), PATIENCE)
    await _mended(town)
    assert (await acting).milestones == ["contact_made"]
    await town.in_order()
    assert "contact" not in await town.open_tasks()


async def _stands_there(town: Town, key: str) -> None:
    """A row of the timeline, under this key, of something else."""
    other = {"case_id": town.case_id, "seq": 1000, "key": key, "what": "contact_made", "who": "x"}
    moments = {"occurred_at": town.now, "known_at": town.now}
    async with town.desk.engine.begin() as conn:
        await conn.execute(insert(tables.timeline), {**other, **moments, "entry_hash": b"other"})


async def _mended(town: Town) -> None:
    async with town.desk.engine.begin() as conn:
        await conn.execute(delete(tables.timeline).where(tables.timeline.c.seq == 1000))


async def _refused(town: Town, failure: str) -> None:
    """Wait until an activity has failed so, and is tried again."""
    while True:
        pending = (await town.handle.describe()).raw_description.pending_activities
        if failure in [each.last_failure.application_failure_info.type for each in pending]:
            return
        await asyncio.sleep(POLL)


async def _happens(town: Town, what: EventType.ValueType) -> None:
    async with asyncio.timeout(PATIENCE):
        async for event in town.handle.fetch_history_events(wait_new_event=True):
            if event.event_type == what:
                return


@pytest.fixture
async def town_on_the_clock(
    temporal_address: str, town_desk: Desk, profiles: Mapping[str, Profile]
) -> tuple[Town, CaseRecord]:
    """A town whose time is real time, and its record; the worker is the test's own."""
    env = WorkflowEnvironment.from_client(await Client.connect(temporal_address, data_converter=PAYLOADS))
    record = CaseRecord(
        town_desk.engine, town_desk.vault, lambda code, _: profiles[code], lambda: datetime.now(UTC), stepped
    )
    return Town(town_desk, env, Handoffs(env.client), profiles["always"]), record


async def test_what_waited_while_no_worker_ran_discloses_nothing_after_the_end_of_the_consent(
    town_on_the_clock: tuple[Town, CaseRecord],
) -> None:
    town, record = town_on_the_clock
    async with carrying(town.env.client, record):
        await approved(town, MEALS)
        offer, provider = await town.offer()
        ends_at = await _consent_ends_soon(town)
    accepted = CaseEvent("referral.accepted", datetime.now(UTC), provider, subject=offer)
    await _told_unheard(town, accepted, before=ends_at)
    await _passed(ends_at)
    async with carrying(town.env.client, record):
        await town.state()
        assert (await town.record()).consent == "expired"
        assert (await town.line()).state == "in-service"
        assert "referral.confirmed" not in await town.letters(provider)
        await town.acts("consent.given")
        assert "referral.confirmed" in await town.letters(provider)


async def test_a_consent_renewed_in_time_while_no_worker_ran_has_not_ended(
    town_on_the_clock: tuple[Town, CaseRecord],
) -> None:
    town, record = town_on_the_clock
    async with carrying(town.env.client, record):
        await approved(town, MEALS)
        offer, _ = await town.offer()
        ends_at = await _consent_ends_soon(town)
    renewed = CaseEvent("consent.given", datetime.now(UTC), "gm-hospital", until=ends_at + DAY)
    await _told_unheard(town, renewed, before=ends_at)
    await _passed(ends_at)
    async with carrying(town.env.client, record):
        await town.state()
    assert (await town.record()).consent == "given"
    assert (await town.offer())[0] == offer


async def _consent_ends_soon(town: Town) -> datetime:
    ends_at = datetime.now(UTC) + timedelta(seconds=12)  # the first worker has stopped by then
    await town.acts("consent.given", until=ends_at)
    return ends_at


async def _told_unheard(town: Town, word: CaseEvent, *, before: datetime) -> None:
    """The dispatcher tells the case something before this moment, while no worker runs."""
    number = max(fact.number for fact in await town.rows(tables.facts) if fact.number) + 1
    facts = Facts([replace(word, number=number)], told_at=min(datetime.now(UTC), before - timedelta(seconds=1)))
    await town.handoffs.tell(town.case_id, facts, opened=False)


async def _passed(moment: datetime) -> None:
    await asyncio.sleep((moment - datetime.now(UTC)).total_seconds() + 0.1)
