"""What a person does is done at once, once, or refused in words; where nobody answers, nobody says what came of it."""

import itertools
from collections.abc import Mapping

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from activities.case_record import CaseRecord
from handoff.case.messages import CaseEvent
from handoff.profile.model import Profile
from handoff.store import tables
from tests.events.desk import Desk
from tests.workflows.cases_worker import carrying
from tests.workflows.story import planned
from tests.workflows.town import Town
from workflows import client
from workflows.client import Handoffs, NotDoneError, RefusedError
from workflows.payloads import PAYLOADS
from workflows.steps import stepped

_NUMBERS = itertools.count(1)


async def test_an_action_sent_twice_under_one_name_is_done_once(town: Town) -> None:
    await town.hospital_tells()
    await town.fresh()
    told = CaseEvent("contact.failed", town.now, "kim", 0, 0)
    answers = [await town.handoffs.act(town.case_id, told, once="one-and-the-same") for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert await town.said() == ["contact_failed", "next_attempt"]


async def test_an_action_that_comes_again_to_the_next_run_has_the_same_answer_and_changes_nothing(town: Town) -> None:
    """A client sends it again if it lost the answer; only the run that answered knows the id of the update."""
    town.chapter_events = 12
    await town.hospital_tells()
    told, run = CaseEvent("contact.failed", town.now, "kim", 0, 0), (await town.handle.describe()).run_id
    first = await town.handoffs.act(town.case_id, told, once="one-and-the-same")
    for _ in range(3):
        await town.acts("contact.failed")
    before, written = await town.state(), await town.rows(tables.timeline)
    assert (await town.handle.describe()).run_id != run
    assert await town.handoffs.act(town.case_id, told, once="one-and-the-same") == first
    assert await town.state() == before
    assert await town.rows(tables.timeline) == written
    await town.in_order()


async def test_a_decision_taken_twice_is_refused_the_second_time(town: Town) -> None:
    await planned(town)
    await town.acts("plan.approved", quantity=1)
    with pytest.raises(RefusedError, match="No plan awaits") as refused:
        await town.acts("plan.approved", quantity=1)
    assert refused.value.code == "not-awaited"


async def test_an_action_on_a_closed_case_says_that_it_is_closed(town: Town) -> None:
    await town.hospital_tells()
    await town.closes("outcome-opened-in-error")
    await town.ended()
    with pytest.raises(RefusedError, match="closed") as refused:
        await town.acts("contact.made")
    assert refused.value.code == "case-closed"


async def test_an_action_on_a_case_that_never_was_is_refused(town: Town) -> None:
    told = CaseEvent("contact.made", town.now, "kim")
    with pytest.raises(RefusedError):
        await town.handoffs.act("CNOSUCHCASE", told, once="nobody")


@pytest.fixture
async def unattended(temporal_address: str, town_desk: Desk, profiles: Mapping[str, Profile]) -> Town:
    """A town whose Temporal has no worker."""
    env = WorkflowEnvironment.from_client(await Client.connect(temporal_address, data_converter=PAYLOADS))
    return Town(town_desk, env, Handoffs(env.client), profiles["always"])


async def test_where_no_worker_answers_it_may_yet_be_done_and_the_same_words_again_do_it_once(
    unattended: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, told, once = unattended, CaseEvent("contact.failed", unattended.now, "kim"), f"call-{next(_NUMBERS)}"
    town.calm = False
    assert await town.hospital_tells() == "opened"
    monkeypatch.setattr(client, "ACT_WITHIN", 1.0)
    with pytest.raises(NotDoneError, match="may yet be done"):
        await town.handoffs.act(town.case_id, told, once=once)
    monkeypatch.undo()
    record = CaseRecord(town.desk.engine, town.desk.vault, lambda *_: town.profile, lambda: town.desk.now, stepped)
    async with carrying(town.env.client, record):
        assert (await town.handoffs.act(town.case_id, told, once=once)).milestones[0] == "contact_failed"
        assert (await town.said()).count("contact_failed") == 1
