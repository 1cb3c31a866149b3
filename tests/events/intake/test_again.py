"""Topics are read again and letters sent again: what was taken before stays one thing, under the name it had."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from events.readers import InboundRecord
from handoff.store import outbox, tables
from handoff.store.intake import offsets
from handoff.store.intake.offsets import Move
from tests.events.desk import NOW, Desk, notice, person
from tests.events.hospitals import Town, until

HOSPITAL = "gm-hospital"
TOPIC, LANE = f"handoff.from.{HOSPITAL}", ("t1", 0)


def placed(arrival: InboundRecord, offset: int) -> InboundRecord:
    return replace(arrival, topic_id="t1", offset=offset, due=offset)


async def first_read(desk: Desk, *arrivals: InboundRecord) -> list[str]:
    async with desk.engine.begin() as conn:
        await offsets.due(conn, TOPIC, *LANE)
    return await desk.outcomes(*arrivals)


async def goes_back(desk: Desk, offset: int) -> int:
    async with desk.engine.begin() as conn:
        return await offsets.read_again(conn, LANE, offset)


async def test_a_record_that_is_read_again_is_the_same_fact_whatever_its_reader_makes_of_it(desk: Desk) -> None:
    told = placed(notice(id="m1"), 0)
    assert await first_read(desk, told) == ["opened"]
    answered = await desk.letters(HOSPITAL)
    assert await goes_back(desk, 0) == 1
    mended = placed(notice(id="m1", who=person(name="김복순이")), 0)
    assert await desk.outcomes(mended) == ["resent"]
    assert len(await desk.rows(tables.facts)) == 1
    assert await desk.letters(HOSPITAL) == answered


async def test_a_record_that_nobody_could_read_and_is_read_again_is_parked_once(desk: Desk) -> None:
    broken = placed(notice(kind="discharge.unheard-of"), 0)
    assert await first_read(desk, broken) == ["rejected"]
    answered = await desk.letters(HOSPITAL)
    await goes_back(desk, 0)
    assert await desk.outcomes(broken) == ["rejected"]
    assert len(await desk.rows(tables.parked)) == 1
    assert await desk.letters(HOSPITAL) == answered


async def test_what_is_new_among_what_is_read_again_is_taken(desk: Desk) -> None:
    kept, lost = placed(notice(id="m1"), 0), placed(notice("nhis-gwangmyeong", id="m2"), 1)
    assert await first_read(desk, kept) == ["opened"]
    async with desk.engine.begin() as conn:  # the second one went by unread
        await offsets.advance(conn, [Move(*LANE, 1, 2)], NOW)
    assert await goes_back(desk, 0) == len([kept, lost])
    assert await desk.outcomes(kept, lost) == ["resent", "joined"]


async def test_an_institution_is_not_heard_by_what_is_read_again(desk: Desk) -> None:
    told = placed(notice(id="m1"), 0)
    await first_read(desk, told)
    await goes_back(desk, 0)
    desk.passes(days=20)
    assert await desk.outcomes(told) == ["resent"]
    async with desk.engine.connect() as conn:
        assert await offsets.heard_last(conn) == {TOPIC: NOW}
    assert await desk.outcomes(placed(notice("nhis-gwangmyeong", id="m2"), 1)) == ["joined"]
    async with desk.engine.connect() as conn:
        assert await offsets.heard_last(conn) == {TOPIC: desk.now}


@pytest.mark.parametrize("offset", [1, 5])
async def test_a_topic_never_goes_forward(desk: Desk, offset: int) -> None:
    await first_read(desk, placed(notice(), 0))
    assert await goes_back(desk, offset) == 0
    [row] = await desk.rows(tables.offsets_due)
    assert (row.next_offset, row.again_below) == (1, 0)


async def test_a_running_intake_reads_again_where_it_is_told_to(desk: Desk, town: Town) -> None:
    async with town.intake() as intake:

        async def caught_up() -> bool:
            return intake.subscriber.caught_up()

        await town.say(*town.notices(6))
        await until(lambda: intake.moved(6))
        async with desk.engine.begin() as conn:
            for each in await offsets.listed(conn):
                await offsets.read_again(conn, (each.topic_id, each.partition), 0)
        intake.subscriber.place_again()
        await until(caught_up)
        rows = await desk.rows(tables.offsets_due)
        assert [row.next_offset for row in rows] == [row.again_below for row in rows]
    assert len(await desk.rows(tables.facts)) == 6


async def test_letters_of_one_receiver_since_a_moment_are_sent_again_under_their_ids(desk: Desk) -> None:
    await desk.opened(id="m1")
    await desk.take(notice("nhis-gwangmyeong", id="m2"))
    before = {row.event_id for row in await desk.rows(tables.outbox)}
    async with desk.engine.begin() as conn:
        await conn.execute(update(tables.outbox).values(sent_at=NOW))
        assert await outbox.send_again(conn, NOW + timedelta(seconds=1)) == 0
        assert await outbox.send_again(conn, NOW, HOSPITAL) == 1
    rows = await desk.rows(tables.outbox)
    assert {row.receiver for row in rows if row.sent_at is None} == {HOSPITAL}
    assert {row.event_id for row in rows} == before
