"""A case was rebuilt, and then a record is restored that is older than the rebuild, while Temporal lives on."""

import asyncio

from sqlalchemy import delete, update

from events.comparing import Comparing, Mended
from handoff.store.tables import cases, facts, timeline
from tests.console.office import Office
from tests.console.test_rebuild import lose, rebuild
from tests.workflows.lost import watch
from tests.workflows.story import assessed
from tests.workflows.town import Town
from workflows.rebuilding import runs


async def compared(town: Town) -> Mended | None:
    """What the comparison after a restore does with the town's case."""
    desk, client = town.desk, town.env.client
    comparing = Comparing(
        desk.engine, desk.vault, lambda: town.profile, client, lambda: None, lambda: True, asyncio.Event()
    )
    with town.env.with_time_skipping_disabled():
        return await comparing._one(town.case_id)  # noqa: SLF001 - `run` would compare all cases of the session


async def restored(town: Town, rows: int) -> None:
    """The record is the one that had so many rows of the case's timeline."""
    async with town.desk.engine.begin() as conn:
        later = timeline.c.case_id == town.case_id, timeline.c.seq > rows
        await conn.execute(delete(timeline).where(*later))
        await conn.execute(update(cases).where(cases.c.case_id == town.case_id).values(entries=rows, lost=""))


async def test_a_case_on_which_people_acted_waits_to_be_rebuilt_and_hears_all_that_came_since(
    office: Office, town: Town
) -> None:
    await assessed(town)
    await office.answers(f"contact {town.case_id} --made --as coordinator")
    rows = len(await town.rows(timeline))
    await lose(town)
    assert (await rebuild(office)).code == 0
    await restored(town, rows)
    done = await compared(town)
    assert (done and done.to_rebuild, await runs(town.env.client, town.case_id)) == (True, False)
    await watch(town).look()
    assert (await town.record()).lost == "terminated"
    assert "rebuild-case" in await town.open_tasks()
    await town.arrive_unheard(town.hospital_word("discharge.cancelled"))
    ran = await rebuild(office)
    assert (ran.code, ran.content[0]["earlier_rows"] < rows) == (0, True)  # intake's rows are not the workflow's
    await town.tell()
    last = (await town.rows(timeline))[-1]
    assert last.what == "discharge_cancelled"
    assert await compared(town) is None


async def test_a_case_on_which_nobody_acted_begins_again_from_its_facts(office: Office, town: Town) -> None:
    await assessed(town)
    rows = len(await town.rows(timeline))
    await lose(town)
    assert (await rebuild(office)).code == 0
    await restored(town, rows)
    done = await compared(town)
    assert done
    assert (done.reset, done.to_rebuild, done.told_again) == (True, False, 2)
    await town.tell()
    assert (await town.state()).assessed == "eligible"


async def test_an_action_that_only_the_rebuilt_workflow_knows_is_a_task_to_repeat(office: Office, town: Town) -> None:
    await assessed(town)
    rows = len(await town.rows(timeline))
    await lose(town)
    assert (await rebuild(office)).code == 0
    await town.acts("contact.made")
    await restored(town, rows)
    async with town.desk.engine.begin() as conn:
        await conn.execute(delete(facts).where(facts.c.case_id == town.case_id, facts.c.kind == "contact.made"))
    done = await compared(town)
    assert done
    assert done.actions_lost == 1
    assert "lost-in-restore" in await town.open_tasks()
