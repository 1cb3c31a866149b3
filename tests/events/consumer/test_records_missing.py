"""What Kafka lost before it was read is listed, and a topic that was made again is read from its first record."""

import asyncio

from confluent_kafka import TopicPartition
from sqlalchemy import text

from events.readers import InboundRecord
from handoff.store import tables
from tests.events.desk import Desk
from tests.events.hospitals import Town, missing, told, until


async def test_records_that_were_deleted_unread_are_somebodys_task(desk: Desk, town: Town) -> None:
    first, *_ = town.hospitals
    town.send(*town.notices(15))
    async with town.intake():
        await until(lambda: town.all_taken(15))
    town.send(*(mine := [each for each in town.notices(60)[15:] if each.institution == first]))
    admin = town.admin
    gone = admin.delete_records([TopicPartition(f"handoff.from.{first}", 0, 5 + 10)])
    await asyncio.gather(*(asyncio.to_thread(each.result) for each in gone.values()))
    async with town.intake():
        await until(lambda: town.all_taken(15 + len(mine) - 10))
    [about] = await missing(town)
    assert (about["sender"], about["first"], about["last"], about["why"]) == (first, 5, 14, "deleted")


async def test_a_log_that_ends_before_what_was_read_is_told_and_read_again_from_its_beginning(
    desk: Desk, town: Town
) -> None:
    first, *_ = town.hospitals
    poison = InboundRecord(first, b"not a notice", [])
    town.send(*town.notices(9), poison)
    async with town.intake() as intake:
        await until(lambda: intake.moved(10))
    async with desk.engine.begin() as conn:  # as if the broker had lost confirmed records, and got others since
        await conn.execute(text("UPDATE offsets_due SET next_offset = 40 WHERE next_offset = 4"))
    town.send(*town.notices(12)[9:])
    async with town.intake():
        await until(lambda: town.all_taken(12))
    [about] = await missing(town)
    assert (about["sender"], about["last"], about["why"]) == (first, 39, "log-cut")
    assert len(await town.rows(tables.cases)) == 12
    assert len(await town.rows(tables.parked)) == len(await told(desk, first)) == 1


async def made_anew(town: Town, *hospitals: str) -> None:
    admin = town.admin
    deleted = admin.delete_topics([f"handoff.from.{each}" for each in hospitals])
    await asyncio.gather(*(asyncio.to_thread(each.result) for each in deleted.values()))

    async def provisioned() -> bool:
        try:
            await town.kafka.provision(*hospitals)
        except Exception:  # noqa: BLE001 - the broker is still deleting it
            return False
        return all(f"handoff.from.{each}" in admin.list_topics(timeout=5).topics for each in hospitals)

    await until(provisioned)


async def test_a_topic_that_is_made_anew_is_read_from_its_first_record(desk: Desk, town: Town) -> None:
    first, *_ = town.hospitals
    refused = [InboundRecord(first, word, []) for word in (b"first", b"second")]
    town.send(*refused, *town.notices(3))
    async with town.intake() as intake:
        await until(lambda: intake.moved(5))
        await made_anew(town, first)
        town.send(*refused, *town.notices(6)[3:])
        await until(lambda: town.all_taken(6))
    assert len(await town.rows(tables.parked)) == 4
    assert len(await told(desk, first)) == 4
    assert await missing(town) == []


async def test_what_stood_unread_on_a_deleted_topic_is_named(desk: Desk, town: Town) -> None:
    first, *_ = town.hospitals
    town.send(*town.notices(9))
    async with town.intake():
        await until(lambda: town.all_taken(9))
    async with desk.engine.begin() as conn:  # five more were seen to lie there
        await conn.execute(
            text("UPDATE offsets_due SET end_seen = 8 WHERE topic = :topic"), {"topic": f"handoff.from.{first}"}
        )
    await made_anew(town, first)
    town.send(*town.notices(12)[9:])
    async with town.intake():
        await until(lambda: town.all_taken(12))
    [about] = await missing(town)
    assert (about["first"], about["last"], about["why"]) == (3, 7, "topic-made-anew")
