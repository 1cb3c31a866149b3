"""After a restore, an answer to something that the record lost waits until it is made again."""

from datetime import timedelta

import pytest

from events.intake.inbox import Inbox
from handoff.store import tables
from handoff.store.engine import connect
from handoff.store.intake import restores
from tests.events.desk import PROFILE, Desk, notice, record
from tests.store.databases import create, migrated

LOST = "C6KF151JDFN"


@pytest.fixture
async def restored(desk: Desk) -> Desk:
    """A desk whose record came from a backup, and is not compared yet."""
    async with desk.engine.begin() as conn:
        await restores.compare_again(conn)
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


async def test_a_later_answer_does_not_overtake_one_that_waits(restored: Desk) -> None:
    case = await restored.opened()
    first, known = (record("consent.withdrawn", {}, subject=each, id=each) for each in (LOST, case))
    assert await restored.outcomes(first, known) == ["kept", "kept"]
    assert await restored.inbox.try_again(restored.now) == 0
    await _compared(restored, timedelta(minutes=11))
    later = record("consent.withdrawn", {}, subject=case, id="later")
    assert await restored.outcomes(later) == ["kept"]  # behind the two that still wait
    assert await restored.inbox.try_again(restored.now) == 3
    assert [row.state for row in await restored.rows(tables.parked)] == ["parked", "retried", "retried"]
    entered = [row.message_id for row in await restored.rows(tables.facts) if row.kind == "consent.withdrawn"]
    assert entered == [case, "later"]


async def test_an_answer_that_we_fail_to_take_becomes_ours_to_mend(
    restored: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await restored.take(record("consent.withdrawn", {}, subject=LOST))

    def breaks(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr("events.intake.chain.take", breaks)
    inbox = Inbox(restored.engine, restored.vault, PROFILE, "b1")
    for _ in range(3):
        assert await inbox.try_again(restored.now) == 0
    assert [(row.code, row.build) for row in await restored.rows(tables.parked)] == [("ours", "b1")]
    assert [row.kind for row in await restored.rows(tables.tasks)] == ["parked-ours"]


async def test_what_is_not_made_again_in_ten_minutes_is_refused_and_its_sender_told(restored: Desk) -> None:
    await restored.take(record("consent.withdrawn", {}, subject=LOST))
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
        assert not await restores.to_compare(conn)  # a new record
    [refused] = await desk.take(record("consent.withdrawn", {}, subject=LOST))
    assert (refused.outcome, refused.code) == ("rejected", "subject-unknown")


async def _compared(desk: Desk, ago: timedelta) -> None:
    async with desk.engine.begin() as conn:
        clock = await Inbox.store_clock(desk.inbox)
        await conn.execute(tables.restores.update().values(noticed_at=clock - ago * 2, compared_at=clock - ago))
