"""Temporal has lost a case: `handoff rebuild` starts it again from its record, and `prove` says what it can prove."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest

from events.case_events import of_action
from handoff.case.messages import CaseEvent
from handoff.store.intake import restores
from handoff.store.losses import Loss, mark
from handoff.store.queries import actions, monitoring, rebuilds
from handoff.store.queries.actions import Acted
from handoff.store.tables import cases, facts, timeline
from handoff.store.vault import SealBrokenError
from handoff.vocabulary.losses import WorkflowLoss
from tests.console.office import Office, shown
from tests.workflows.lost import watch
from tests.workflows.story import accepted, accepts, approved, assessed
from tests.workflows.town import Town
from workflows.client import Handoffs
from workflows.messages import Done
from workflows.rebuilding import runs, start
from workflows.rewind import Point, keys_of, reset, rewind, steps_of
from workflows.runs import Runs


class KilledError(BaseException):
    """The command is killed."""


async def lose(town: Town) -> None:
    """Temporal's database is lost, as far as this case goes."""
    execution = WorkflowExecution(workflow_id=town.handle.id)
    request = DeleteWorkflowExecutionRequest(namespace="default", workflow_execution=execution)
    await town.env.client.workflow_service.delete_workflow_execution(request)
    while await Runs(town.env.client).read(town.case_id):
        continue


async def rebuild(office: Office, line: str = "") -> Any:
    """Rebuild the town's case, whatever comes of it."""
    with office.town.env.with_time_skipping_disabled():
        return await office.runs(f"rebuild {line or office.town.case_id} --as duty-officer --json")


async def ask_without_answer(town: Town, kind: str, **said: Any) -> int:
    """A person acts, and the command dies before the case answers."""
    async with town.desk.engine.begin() as conn:
        now = town.speak()
        once = f"{kind}-{town.case_id}"
        acted = Acted(0, once, kind, now, town.case_id, town.case_id, said, kind.encode(), None, now, "kim", "")
        return (await actions.write(conn, acted, b"")).fact_id


async def test_a_case_that_temporal_lost_goes_on_under_its_id_with_all_that_it_knew(office: Office, town: Town) -> None:
    provider = await accepted(town)
    before = await town.state()
    await lose(town)
    ran = await rebuild(office)
    assert ran.code == 0, ran
    assert ran.content[0]["stage"] == "services"
    after = await town.state()
    assert after.dues == before.dues
    assert [line.state for line in after.lines.values()] == [line.state for line in before.lines.values()]
    await town.in_order()
    visit = await town.visit()
    await town.tells("visit.proposed", provider, visit.visit_id, starts_at=(town.now + timedelta(days=1)).isoformat())
    assert "visit_moved" in [row.what for row in await town.rows(timeline)]
    assert (await town.record()).facts == (await town.state()).number


async def test_the_proof_says_what_is_proved_since_the_rebuild(office: Office, town: Town) -> None:
    await assessed(town)
    await lose(town)
    earlier = sum(row.outcome is not None for row in await town.rows(timeline))
    ran = await rebuild(office)
    assert (ran.code, ran.content[0]["earlier_rows"]) == (0, earlier)
    assert f"rebuilt: its workflow was lost; {earlier} earlier rows" in await shown(office, f"show {town.case_id}")
    await town.acts("contact.made")
    proof = await office.runs(f"prove {town.case_id} --json")
    assert (proof.code, proof.content["proved"]) == (5, True), proof
    assert proof.content["since_rebuild"]["without_history"] == earlier
    async with town.desk.engine.begin() as conn:
        mine = timeline.c.case_id == town.case_id, timeline.c.what == "contact_made"
        await conn.execute(update(timeline).where(*mine).values(who="somebody-else"))
    assert (await office.runs(f"prove {town.case_id} --json")).code == 1


async def test_a_fact_that_left_nothing_in_the_record_is_told_again(office: Office, town: Town) -> None:
    await assessed(town)
    await lose(town)
    await town.arrive_unheard(town.hospital_word("discharge.cancelled"))
    async with town.desk.engine.begin() as conn:  # it had been delivered, and Temporal was lost before it was written
        await conn.execute(update(facts).where(facts.c.case_id == town.case_id).values(told_at=town.now))
    ran = await rebuild(office)
    assert ran.content[0]["told_again"] == 1
    await town.tell()
    assert (await town.rows(timeline))[-1].what == "discharge_cancelled"


async def test_an_action_that_nobody_answered_is_done_then(office: Office, town: Town) -> None:
    await assessed(town)
    await lose(town)
    fact = await ask_without_answer(town, "contact.made")
    ran = await rebuild(office)
    assert ran.content[0]["sent_again"] == ["contact.made"]
    assert [row.key for row in await town.rows(timeline)].count(f"contact_made:contact.made#a{fact}") == 1


async def test_an_action_that_is_refused_now_is_a_task_to_repeat(office: Office, town: Town) -> None:
    await assessed(town)
    await lose(town)
    await ask_without_answer(town, "plan.approved")
    ran = await rebuild(office)
    assert ran.content[0]["to_repeat"] == ["plan.approved"]
    assert "lost-in-restore" in await town.open_tasks()


async def test_an_action_that_a_killed_command_did_not_send_again_is_a_task(
    office: Office, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await assessed(town)
    await lose(town)
    await ask_without_answer(town, "contact.made")

    async def killed(*_: object, **_named: object) -> Done:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("workflows.client.Handoffs.act", killed)
        with pytest.raises(KilledError):
            await rebuild(office)
    assert await runs(town.env.client, town.case_id)
    listed = await office.task("lost-in-restore")
    assert "contact.made" in str(listed)


async def test_of_several_actions_only_those_that_were_not_done_are_tasks(office: Office, town: Town) -> None:
    await assessed(town)
    await lose(town)
    await ask_without_answer(town, "contact.made")
    await ask_without_answer(town, "plan.approved")
    ran = await rebuild(office)
    assert (ran.content[0]["sent_again"], ran.content[0]["to_repeat"]) == (["contact.made"], ["plan.approved"])
    [listed] = [each for each in await office.tasks() if each["kind"] == "lost-in-restore"]
    assert "plan.approved" in str(listed)
    assert "contact.made" not in str(listed)


async def test_an_action_that_was_done_is_answered_and_not_done_again(office: Office, town: Town) -> None:
    await assessed(town)
    await town.acts("contact.made")
    [row] = [row for row in await town.rows(timeline) if row.what == "contact_made"]
    await lose(town)
    assert (await rebuild(office)).code == 0
    fact = int(row.key.rpartition("#a")[2])
    async with town.desk.engine.connect() as conn:
        [event] = [each for each in await actions.of_case(conn, town.case_id) if each.fact_id == fact]
    done = await town.handoffs.act(town.case_id, of_action(event), once="once-more")
    assert done.milestones == ["contact_made"]
    assert [each.what for each in await town.rows(timeline)].count("contact_made") == 1


async def test_a_command_that_was_killed_before_the_start_is_repeated_and_writes_nothing_twice(
    office: Office, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await approved(town)
    await lose(town)

    async def killed(*_: object) -> bool:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("console.rebuild.start", killed)
        with pytest.raises(KilledError):
            await rebuild(office)
    assert not await runs(town.env.client, town.case_id)
    assert (await rebuild(office)).code == 0
    await accepts(town)
    assert [row.what for row in await town.rows(timeline)].count("rebuilt") == 1


async def test_a_case_is_marked_until_its_workflow_runs_and_no_longer(
    office: Office, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is told to it before, and a look that comes in between leaves no mark."""
    await approved(town)
    await town.handle.terminate(reason="by hand")
    await watch(town).look()
    begin, seen = start, list[str]()

    async def looked_at(*asked: Any) -> bool:
        await watch(town).look()
        seen.append(str((await town.record()).lost))
        return await begin(*asked)

    monkeypatch.setattr("console.rebuild.start", looked_at)
    assert (await rebuild(office)).code == 0
    assert (seen, (await town.record()).lost) == (["terminated"], "")
    assert "rebuild-case" not in await town.open_tasks()


async def test_a_case_that_runs_is_refused_and_so_is_one_that_is_closed_or_unknown(office: Office, town: Town) -> None:
    await assessed(town)
    assert (await rebuild(office)).code == 3
    assert (await rebuild(office, "C0000000000")).code == 3
    async with town.desk.engine.begin() as conn:
        await conn.execute(update(cases).where(cases.c.case_id == town.case_id).values(closed_at=town.now))
    assert (await rebuild(office)).code == 3


async def test_what_to_give_is_named_as_it_is_typed(office: Office, town: Town) -> None:
    for line in ("rebuild --as kim", "rebuild C0000000000 --all-orphaned --as kim"):
        ran = await office.runs(line)
        assert (ran.code, "exactly one of CASE, --all-orphaned" in ran.error) == (2, True)


async def test_a_case_that_temporals_list_does_not_have_yet_is_left_alone(
    office: Office, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await assessed(town)
    await lose(town)

    async def only_this_case(_conn: AsyncConnection) -> set[str]:
        return {town.case_id}

    async def nothing_yet(*_asked: object) -> AsyncIterator[Any]:
        for never in ():
            yield never

    monkeypatch.setattr(monitoring, "begun_case_ids", only_this_case)
    assert [each["case"] for each in (await rebuild(office, "--all-orphaned")).content] == [town.case_id]
    monkeypatch.setattr(town.env.client, "list_workflows", nothing_yet)
    ran = await rebuild(office, "--all-orphaned")
    assert (ran.code, ran.content) == (0, [])


async def test_a_case_whose_record_cannot_be_read_does_not_stop_the_others(
    office: Office, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await assessed(town)
    await lose(town)

    async def two_cases(_conn: AsyncConnection) -> set[str]:
        return {"C0000000000", town.case_id}

    async def locked(conn: AsyncConnection, case_id: str) -> rebuilds.OpenCase | None:
        if case_id == "C0000000000":
            raise SealBrokenError("broken")
        return await lock(conn, case_id)

    lock = rebuilds.locked
    monkeypatch.setattr(monitoring, "begun_case_ids", two_cases)
    monkeypatch.setattr(rebuilds, "locked", locked)
    ran = await rebuild(office, "--all-orphaned")
    assert ran.code == 1
    assert [(each["case"], each["error"]) for each in ran.content] == [
        ("C0000000000", "SealBrokenError"),
        (town.case_id, ""),
    ]
    assert await runs(town.env.client, town.case_id)
    said = await shown(office, "rebuild --all-orphaned --as duty-officer")
    assert "not rebuilt: SealBrokenError" in said
    assert (await rebuild(office, "C0000000000")).code == 3  # its own words


async def test_a_case_that_was_reset_by_hand_is_brought_back_to_its_record(office: Office, town: Town) -> None:
    await assessed(town)
    [chapter] = await Runs(town.env.client).back_to(town.case_id, ())
    first = next(step for step in steps_of(chapter) if step.completes)
    await reset(town.env.client, town.case_id, Point(chapter.run, first.event))
    async with town.desk.engine.begin() as conn:
        await mark(conn, [Loss(town.case_id, WorkflowLoss.RESET, chapter.run, "T-reset")], town.now)
    ran = await rebuild(office, "--all-orphaned")
    assert [each["case"] for each in ran.content] == [town.case_id]
    assert (await town.record()).lost == ""
    assert "rebuild-case" not in await town.open_tasks()
    assert (await town.state()).assessed == "eligible"


async def test_an_action_is_stored_with_all_that_its_case_is_told(
    office: Office, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it can be sent again from the record alone."""
    sent, act = list[CaseEvent](), Handoffs.act

    async def watched(self: Handoffs, case: str, event: CaseEvent, *, once: str) -> Done:
        sent.append(event)
        return await act(self, case, event, once=once)

    monkeypatch.setattr(Handoffs, "act", watched)
    await town.hospital_tells()
    for line in (
        "contact {} --failed",
        "assess {} --score 5",
        "consent {} --withdraw",
        "close {} --outcome refused",
    ):
        await office.answers(f"{line.format(town.case_id)} --as coordinator")
    async with town.desk.engine.connect() as conn:
        stored = await actions.of_case(conn, town.case_id)
    assert len(sent) == 4
    assert [of_action(action) for action in stored] == sent


async def test_what_kept_histories_show_is_proved_as_well(office: Office, town: Town) -> None:
    """The run was terminated by hand: its history is there, and so is that of every earlier row."""
    await assessed(town)
    await town.handle.terminate(reason="by hand")
    assert (await rebuild(office)).code == 0
    await town.acts("contact.made")
    proof = await office.runs(f"prove {town.case_id} --json")
    assert (proof.code, proof.content["since_rebuild"]["without_history"]) == (0, 0), proof
    assert "Proved since the rebuild" in await shown(office, f"prove {town.case_id}")


async def test_a_comparison_after_the_rebuild_finds_nothing_lost(office: Office, town: Town) -> None:
    """The new workflow does not know the actions of before by name: they are in its state."""
    await assessed(town)
    await town.acts("contact.made")
    await lose(town)
    assert (await rebuild(office)).code == 0
    chapters = await Runs(town.env.client).back_to(town.case_id, ())
    async with town.desk.engine.begin() as conn:
        recorded = await restores.known(conn, town.case_id, keys_of(chapters))
    assert recorded is not None
    back = rewind(chapters, recorded)
    assert not back.ahead
    assert back.lost == []


async def test_a_second_loss_is_a_task_of_its_own_while_the_first_waits(office: Office, town: Town) -> None:
    await assessed(town)
    for kind in ("plan.approved", "visit.completed"):
        await lose(town)
        await ask_without_answer(town, kind)
        assert (await rebuild(office)).content[0]["to_repeat"] == [kind]
    listed = [each for each in await office.tasks() if each["kind"] == "lost-in-restore"]
    assert sorted(each["about"]["settle"][0]["code"] for each in listed) == ["plan.approved", "visit.completed"]
