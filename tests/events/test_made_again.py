"""After a restore, an answer to something that the record lost waits until it is made again."""

from datetime import timedelta

import pytest

from events.inbox import Inbox
from handoff.store import restores, tables
from handoff.store.engine import connect
from tests.events.desk import Desk, notice, record
from tests.store.databases import create, migrated


@pytest.fixture
async def restored(desk: Desk) -> Desk:
    """A desk whose record came from a backup, and is not compared yet."""
    async with desk.engine.begin() as conn:
        await restores.compare_again(conn, desk.now)
    return desk


async def test_an_answer_about_a_case_that_the_record_lost_is_taken_once_the_case_is_there(
    restored: Desk, postgres_url: str
) -> None:
    told = notice()
    url = await create(postgres_url, "made_again", like=await migrated(postgres_url))
    before = Desk(connect(url), url)
    [opened] = await before.take(told)
    await before.engine.dispose()
    [kept] = await restored.take(record("consent.withdrawn", {}, subject=opened.case_id))
    assert (kept.outcome, await restored.letters("gm-hospital")) == ("kept", [])
    assert await restored.inbox.try_again(restored.now) == 0
    [again] = await restored.take(told)
    assert again.case_id == opened.case_id
    assert await restored.inbox.try_again(restored.now) == 1
    assert [row.kind for row in await restored.rows(tables.facts)] == ["discharge.notified", "consent.withdrawn"]
    assert [row.state for row in await restored.rows(tables.parked)] == ["retried"]


async def test_what_is_not_made_again_in_ten_minutes_is_refused_and_its_sender_told(restored: Desk) -> None:
    await restored.take(record("consent.withdrawn", {}, subject="C6KF151JDFN"))
    await _compared(restored, timedelta(minutes=9))
    assert await restored.inbox.try_again(restored.now) == 0
    await _compared(restored, timedelta(minutes=11))
    assert await restored.inbox.try_again(restored.now) == 1
    [(kind, data)] = await restored.letters("gm-hospital")
    assert (kind, data["code"]) == ("notice.rejected", "subject-unknown")
    assert [(row.state, row.code) for row in await restored.rows(tables.parked)] == [("parked", "subject-unknown")]
    assert await restored.inbox.try_again(restored.now) == 0


async def test_nothing_waits_where_nothing_was_restored(desk: Desk) -> None:
    async with desk.engine.begin() as conn:
        assert not await restores.to_compare(conn, desk.now)  # a new record
    [refused] = await desk.take(record("consent.withdrawn", {}, subject="C6KF151JDFN"))
    assert (refused.outcome, refused.code) == ("rejected", "subject-unknown")


async def _compared(desk: Desk, ago: timedelta) -> None:
    async with desk.engine.begin() as conn:
        clock = await Inbox.store_clock(desk.inbox)
        await conn.execute(tables.restores.update().values(noticed_at=clock - ago * 2, compared_at=clock - ago))
