"""Finished runs are kept whatever fails meanwhile."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select, update

from handoff.repeat import until
from handoff.store.engine import connect
from handoff.store.tables import histories
from tests.patience import PATIENCE
from tests.workflows.conftest import env, profiles, town, town_desk, worker
from tests.workflows.story import assessed
from tests.workflows.town import Town
from workflows.archive import Archive
from workflows.runs import Runs

__all__ = ["env", "profiles", "town", "town_desk", "worker"]


def archive(town: Town, url: str = "") -> Archive:
    engine = connect(url) if url else town.desk.engine
    return Archive(engine, town.desk.vault, Runs(town.env.client), lambda: town.now)


async def kept(town: Town) -> bool:
    async with town.desk.engine.connect() as conn:
        found = await conn.scalar(select(histories.c.run_id).where(histories.c.case_id == town.case_id))
    return bool(found)


async def closed(town: Town) -> None:
    await assessed(town)
    await town.closes("outcome-opened-in-error")
    await town.ended()


async def test_what_ended_while_nobody_kept_is_kept_by_the_next_archive(town: Town) -> None:
    await closed(town)
    before = archive(town)
    before.stop()  # killed before it did anything
    await before.run()
    assert not await kept(town)
    after = archive(town)
    running = asyncio.create_task(after.run())
    async with asyncio.timeout(PATIENCE):
        await until(lambda: kept(town), 0.05)
    after.stop()
    await running


async def test_an_archive_without_its_store_goes_on_trying(town: Town) -> None:
    lost = archive(town, "postgresql://nobody@127.0.0.1:1/none")
    running = asyncio.create_task(lost.run())
    await asyncio.wait([running], timeout=0.5)
    assert not running.done()
    lost.stop()
    await asyncio.wait_for(running, PATIENCE)


async def test_two_archives_keep_a_run_once(town: Town) -> None:
    await closed(town)
    async with asyncio.timeout(PATIENCE):
        while not await kept(town):
            await asyncio.gather(*(archive(town).keep_ended(whole=True) for _ in range(3)))
    assert await archive(town).keep_ended(whole=True) == 0
    assert len(await town.rows(histories)) == 1


async def test_a_run_that_ended_in_the_future_by_its_servers_clock_hides_none_that_ends_meanwhile(town: Town) -> None:
    await closed(town)
    await until(lambda: kept_by_a_whole_look(town), 0.05)
    ahead = update(histories).where(histories.c.case_id == town.case_id)
    async with town.desk.engine.begin() as conn:
        await conn.execute(ahead.values(closed_at=town.now + timedelta(days=30)))
    other = replace(town, case_id="", number=town.number + 10_000)
    await closed(other)
    async with asyncio.timeout(PATIENCE):
        await until(lambda: kept_by_a_look(other), 0.05)


async def kept_by_a_whole_look(town: Town) -> bool:
    return await archive(town).keep_ended(whole=True) > 0


async def kept_by_a_look(town: Town) -> bool:
    await archive(town).keep_ended()
    return await kept(town)
