"""The history of a case is kept, shown and proved, also when Temporal has forgotten it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest

from console.connections import Connections
from console.runs import Lived, chapters_of
from handoff.store.tables import histories, timeline
from tests.console.office import Office
from tests.workflows.story import accepts, assessed, decided, drafted, served, visited
from tests.workflows.town import Town
from workers.build import this_build
from workflows.archive import Archive
from workflows.rewind import Point, reset, steps_of
from workflows.runs import Runs

SHORT = 12  # events, so that a case from the notice to its end takes several chapters


def archive(town: Town) -> Archive:
    return Archive(town.desk.engine, town.desk.vault, Runs(town.env.client), lambda: town.now)


@pytest.fixture
async def lived(town: Town) -> Town:
    """A case that was carried to its end over several chapters."""
    town.chapter_events = SHORT
    await served(town)
    await town.acts("case.closed", code="reason-3")
    assert await town.ended() == "reason-3"
    return town


async def kept(town: Town) -> list[Any]:
    """Have the case's runs kept; Temporal's list of what has ended is a moment behind."""
    while True:
        await archive(town).keep_ended(whole=True)
        rows = await town.rows(histories)
        if any(row.ended == "completed" for row in rows):
            return sorted(rows, key=lambda row: row.began_at)


async def forget(town: Town, runs: list[str]) -> None:
    """As Temporal does when retention has passed; returns when they are gone."""
    for run in runs:
        execution = WorkflowExecution(workflow_id=town.handle.id, run_id=run)
        request = DeleteWorkflowExecutionRequest(namespace="default", workflow_execution=execution)
        await town.env.client.workflow_service.delete_workflow_execution(request)
    while [each for run in runs if (each := await Runs(town.env.client).read(town.case_id, run))]:
        continue


async def proof(office: Office) -> tuple[int, Any]:
    ran = await office.runs(f"prove {office.town.case_id} --json")
    return ran.code, ran.content


async def change(town: Town, what: str, **values: Any) -> int:
    """Somebody changes a row of the timeline by hand; returns its number."""
    mine = (timeline.c.case_id == town.case_id) & (timeline.c.what == what)
    async with town.desk.engine.begin() as conn:
        return int(await conn.scalar(update(timeline).where(mine).values(**values).returning(timeline.c.seq)) or 0)


async def test_a_case_that_temporal_forgot_is_still_shown_and_proved(lived: Town, office: Office) -> None:
    runs = await kept(lived)
    assert len(runs) >= 3
    assert [row.ended for row in runs] == ["continued-as-new"] * (len(runs) - 1) + ["completed"]
    assert [row.previous_run_id for row in runs] == ["", *(row.run_id for row in runs[:-1])]
    before = await office.answers(f"history {lived.case_id} --json")
    await forget(lived, [row.run_id for row in runs])
    assert await office.answers(f"history {lived.case_id} --json") == before
    assert sum(each["what"] == "the case, or its next chapter, begins" for each in before) == len(runs)
    code, content = await proof(office)
    assert (code, content["proved"], content["differences"]) == (0, True, [])
    assert all(run["kept"] and run["replayed"] and run["builds"] for run in content["runs"])
    assert content["build"] == this_build()
    written = [row for row in await lived.rows(timeline) if row.outcome]
    assert content["milestones"] == len(written)


async def test_a_case_that_runs_is_proved_from_temporal(town: Town, office: Office) -> None:
    await served(town)
    code, content = await proof(office)
    assert (code, content["differences"]) == (0, [])
    assert [(run["ended"], run["kept"]) for run in content["runs"]] == [(None, False)]


async def test_a_case_that_goes_on_while_its_history_is_read_is_proved(
    town: Town, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await assessed(town)
    fails = ["contact.failed"]

    async def read_before_it_goes_on(connections: Connections, case: str) -> Lived:
        lived = await chapters_of(connections, case)
        while fails:
            await town.acts(fails.pop())
        return lived

    monkeypatch.setattr("console.prove.chapters_of", read_before_it_goes_on)
    code, content = await proof(office)
    assert (code, content["differences"]) == (0, [])
    assert not fails


async def test_a_case_that_begins_a_chapter_while_its_history_is_read_is_proved(
    town: Town, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.chapter_events = SHORT
    await served(town)
    looks = []

    async def read_before_the_last_chapter(connections: Connections, case: str) -> Lived:
        lived = await chapters_of(connections, case)
        looks.append(lived)
        return replace(lived, chapters=lived.chapters[:-1]) if len(looks) == 1 else lived

    monkeypatch.setattr("console.prove.chapters_of", read_before_the_last_chapter)
    code, content = await proof(office)
    assert (code, content["differences"]) == (0, [])
    assert len(looks) == 2


async def test_a_run_that_a_reset_took_back_is_no_part_of_the_proof(town: Town, office: Office) -> None:
    await assessed(town)
    [run] = await Runs(town.env.client).back_to(town.case_id, ())
    before = max(step.event for step in steps_of(run) if step.completes)
    await town.acts("contact.failed")
    async with town.desk.engine.begin() as conn:  # as a restore loses it
        mine = (timeline.c.case_id == town.case_id) & timeline.c.what.in_(("contact_failed", "next_attempt"))
        await conn.execute(delete(timeline).where(mine))
    await reset(town.env.client, town.case_id, Point(run.run, before))
    await town.quiet()
    while not await town.rows(histories):
        await archive(town).keep_ended(whole=True)
    code, content = await proof(office)
    assert (code, content["differences"]) == (0, [])
    assert [each["kept"] for each in content["runs"]] == [False]


async def test_what_a_run_wrote_between_a_restore_and_the_repair_that_took_it_back_stays_proved(
    town: Town, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await assessed(town)
    [run] = await Runs(town.env.client).back_to(town.case_id, ())
    before = max(step.event for step in steps_of(run) if step.completes)
    await town.acts("contact.failed")
    await reset(town.env.client, town.case_id, Point(run.run, before))
    await town.quiet()  # no history is stored: Temporal alone has the run that was taken back
    _, content = await proof(office)  # nothing was restored: somebody has reset the workflow
    assert [each["key"].partition(":")[0] for each in content["differences"]] == ["contact_failed", "next_attempt"]

    async def repaired(_conn: AsyncConnection, _case: str) -> datetime:
        return datetime.now(UTC) + timedelta(days=1)

    monkeypatch.setattr("console.prove.restores.mended_at", repaired)
    code, content = await proof(office)
    assert (code, content["differences"]) == (0, [])


@pytest.mark.parametrize(
    ("what", "change_to", "says"),
    [
        ("plan_approved", {"who": "gm-hospital"}, "who"),
        ("offer_accepted", {"code": "urgent"}, "code"),
        ("visit_completed", {"occurred_at": timedelta(days=-1)}, "occurred_at"),
        ("case_screened", {"outcome": {"key": "x"}}, "its outcome"),
        ("case_opened", {"who": "somebody"}, "it was changed"),
        ("presurvey_recorded", {"key": "another:name"}, "the timeline has no such row"),
    ],
)
async def test_a_row_that_was_tampered_with_is_named(
    town: Town, office: Office, what: str, change_to: dict[str, Any], says: str
) -> None:
    await served(town)
    values = {
        name: timeline.c[name] + value if isinstance(value, timedelta) else value for name, value in change_to.items()
    }
    number = await change(town, what, **values)
    code, content = await proof(office)
    assert code == 1
    assert not content["proved"]
    named = [each for each in content["differences"] if each["row"] in (str(number), "")]
    assert any(each["says"].startswith(says) or says in each["says"] for each in named), content["differences"]


async def test_a_row_that_was_taken_away_or_added_is_named(
    town: Town, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.prove._LOOK_EVERY", 0.01)
    await served(town)
    async with town.desk.engine.begin() as conn:
        mine = (timeline.c.case_id == town.case_id) & (timeline.c.what == "offer_made")
        row = (await conn.execute(select(timeline).where(mine))).one()
        await conn.execute(delete(timeline).where(mine))
        added = {**row._asdict(), "seq": 900, "key": "offer_made:by-hand"}
        await conn.execute(timeline.insert().values(added))
    code, content = await proof(office)
    assert code == 1
    said = [each["says"] for each in content["differences"]]
    assert "the story wrote offer_made; the timeline has no such row" in said
    assert "no run of the story wrote it" in said
    assert any("has no row between" in each for each in said)


async def test_a_kept_history_that_was_changed_is_refused(lived: Town, office: Office) -> None:
    runs = await kept(lived)
    other = histories.update().where(histories.c.run_id == runs[0].run_id)
    async with lived.desk.engine.begin() as conn:
        await conn.execute(other.values(history_sealed=runs[1].history_sealed))
    ran = await office.runs(f"prove {lived.case_id}")
    assert ran.code == 1
    assert "changed after it was sealed" in ran.error


async def test_a_chapter_that_nobody_has_is_named(lived: Town, office: Office) -> None:
    runs = await kept(lived)
    await forget(lived, [row.run_id for row in runs])
    async with lived.desk.engine.begin() as conn:
        await conn.execute(delete(histories).where(histories.c.run_id == runs[1].run_id))
    code, content = await proof(office)
    assert code == 1
    assert any(runs[1].run_id in each["says"] for each in content["differences"])


async def test_a_case_that_ended_is_proved_while_temporal_is_away(lived: Town, office: Office) -> None:
    await kept(lived)
    office.lose_temporal()
    assert (await proof(office))[0] == 0


async def test_an_open_case_is_not_proved_while_temporal_is_away(town: Town, office: Office) -> None:
    await served(town)
    office.lose_temporal()
    ran = await office.runs(f"prove {town.case_id}")
    assert ran.code == 4
    assert "Temporal cannot be reached" in ran.error


async def test_nobody_proves_a_case_that_there_is_not(office: Office) -> None:
    assert (await office.runs("prove C0000000000")).code == 3


async def test_a_case_that_somebody_asked_to_cancel_is_proved_in_every_run(town: Town, office: Office) -> None:
    town.chapter_events = SHORT
    await assessed(town)
    await town.handle.cancel()
    await town.in_order()
    await served_on(town)
    noted = [row.what for row in await town.rows(timeline)].count("cancellation_requested")
    code, told = await proof(office)
    assert (noted, code, told["proved"]) == (1, 0, True), told["differences"]
    seen = {each["what"] for each in await office.answers(f"history {town.case_id} --json")}
    assert "somebody asked to cancel the case; it goes on" in seen


async def served_on(town: Town) -> None:
    """From the assessment to the first visit."""
    await drafted(town)
    await decided(town)
    await accepts(town)
    await visited(town)
