"""Nothing is left out and nothing is read twice, whatever lies on a topic and whatever happens to it."""

import asyncio
import json
import sys
from collections.abc import Collection, Sequence
from functools import partial
from types import SimpleNamespace

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka import TopicPartition as Place
from aiokafka.producer import message_accumulator
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from confluent_kafka import Producer
from sqlalchemy import text

from events.consumer import mending
from events.consumer.feed import Feed
from events.intake.ledger import Ledger
from events.readers import InboundRecord
from handoff.store import tables
from tests.events.desk import NOW, Desk
from tests.events.hospitals import Intake, Town, missing, told, until


class NotText(str):
    """A header's name whose bytes are no UTF-8: a hospital's own software wrote it in EUC-KR."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        return "환자".encode("euc-kr")


def writes_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiokafka's producer in Python: the one in C looks into a header's name itself."""
    for module in (message_accumulator, sys.modules[AIOKafkaProducer.__module__]):
        monkeypatch.setattr(module, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_notices_are_taken_whatever_their_senders_producer_compresses_with(town: Town, codec: str) -> None:
    town.send(*town.notices(30), compression_type=codec)
    async with town.intake():
        await until(lambda: town.all_taken(30))
    assert await town.rows(tables.parked) == []


async def test_a_header_name_that_is_not_text_holds_up_nobody_and_its_notice_is_taken(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices = town.notices(9)
    mine = [each for each in notices if each.institution == town.hospitals[0]]
    mine[1].headers.append((NotText("x"), b"1"))  # type: ignore[attr-defined]
    writes_as_it_likes(monkeypatch)
    login = town.kafka.engine.aiokafka(town.kafka.bootstrap)
    async with AIOKafkaProducer(**login, linger_ms=200, compression_type="gzip") as producer:
        for each in notices:
            topic, headers = f"handoff.from.{each.institution}", list(each.headers)
            await producer.send(topic, each.value, headers=headers)
    async with town.intake():
        await until(lambda: town.all_taken(9))
    assert await town.rows(tables.parked) == []


def transactions(town: Town, notices: Sequence[InboundRecord]) -> None:
    """Each notice in a transaction of its own, every third one taken back."""
    producer = Producer({**town.login, "transactional.id": town.name})
    producer.init_transactions(30)
    for number, each in enumerate(notices):
        producer.begin_transaction()
        topic, headers = f"handoff.from.{each.institution}", list(each.headers)
        producer.produce(topic, value=each.value, headers=headers)
        if number % 3 == 2:
            producer.flush(30)
            producer.abort_transaction(30)
        else:
            producer.commit_transaction(30)


async def test_what_a_log_leaves_out_by_itself_is_passed_and_what_was_taken_back_is_not_taken(town: Town) -> None:
    notices = [each for each in town.notices(36) if each.institution == town.hospitals[0]]
    await asyncio.to_thread(transactions, town, notices)
    async with town.intake() as intake:
        await until(lambda: town.all_taken(8))
        await until(lambda: intake.moved(24))  # behind the last transaction's marker, too
        await asyncio.to_thread(transactions, town, notices[2::3])  # sent again, and one taken back
        await until(lambda: town.all_taken(11))
    assert await missing(town) == []


async def test_odd_header_names_of_a_transaction_that_was_aborted_are_not_read_either(
    desk: Desk, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *_ = town.hospitals
    notices = [each for each in town.notices(18) if each.institution == first]
    writes_as_it_likes(monkeypatch)
    monkeypatch.setattr(mending, "AT_MOST", 1)  # each of our own readings gives out one record of its batch
    login = town.kafka.engine.aiokafka(town.kafka.bootstrap)
    async with AIOKafkaProducer(**login, linger_ms=200, transactional_id=town.name) as producer:
        for number, pair in enumerate((notices[:2], notices[2:4], notices[4:])):
            await producer.begin_transaction()
            for each in pair:
                headers = [*each.headers, (NotText("x"), b"1")]
                await producer.send(f"handoff.from.{first}", each.value, headers=headers)
            await (producer.abort_transaction() if number == 1 else producer.commit_transaction())
    async with town.intake() as intake:
        await until(lambda: intake.moved(9))
    assert [fact.offset for fact in await town.rows(tables.facts)] == [0, 1, 6, 7]
    assert await town.rows(tables.parked) == []
    assert await missing(town) == []


async def test_a_transaction_that_is_still_open_is_not_behind(town: Town) -> None:
    notices = [each for each in town.notices(9) if each.institution == town.hospitals[0]]
    town.send(notices[0])
    producer = Producer({**town.login, "transactional.id": town.name})
    await asyncio.to_thread(producer.init_transactions, 30)
    producer.begin_transaction()
    producer.produce(f"handoff.from.{town.hospitals[0]}", value=notices[1].value)
    await asyncio.to_thread(producer.flush, 30)
    async with town.intake() as intake:
        await until(lambda: intake.moved(1))
        feed = intake.subscriber.taker.feed()
        assert feed is not None
        [lane] = [each for each in feed.placed() if each.institution == town.hospitals[0]]

        async def broker_told() -> bool:
            return (feed.highwater(lane.partition) or 0) > lane.due

        await until(broker_told)
        assert intake.subscriber.lag() == 0
    await asyncio.to_thread(producer.abort_transaction, 30)


class Regrouped(Feed):
    """A feed without a broker: the test says what its group does, in aiokafka's order."""

    def begin(self, *partitions: Place) -> None:
        self.subscribe(pattern="handoff.*")
        self._fetcher = SimpleNamespace(seek_to=lambda *_: None, close=partial(asyncio.sleep, 0))
        self._subscription.subscribe_from_pattern({each.topic for each in partitions})
        self._subscription.assign_from_subscribed(partitions)

    def take_away(self) -> None:
        self._subscription.begin_reassignment()
        self._subscription.listener.on_partitions_revoked(self.assignment())

    def give(self, *partitions: Place) -> None:
        self._subscription.assign_from_subscribed(partitions)
        self._subscription.listener.on_partitions_assigned(set(partitions))

    async def looked(self) -> set[Place]:
        self._place_at = 0.0  # at once
        for _ in range(3):
            self._look_after_partitions()
            await asyncio.sleep(0.01)
        return set(self.lanes)


class NeverRead(Ledger):
    """A ledger of partitions that were never read."""

    async def due(self, *_: object) -> int:
        return 0


async def test_nothing_is_placed_while_the_group_gives_partitions_out(town: Town) -> None:
    async def ids(topics: Collection[str]) -> dict[str, str]:
        return dict.fromkeys(topics, "t")

    feed = Regrouped(ledger=NeverRead(town.inbox), ids=ids, clock=lambda: NOW, group_id=town.name)
    kept, other = (Place(f"handoff.from.{each}", 0) for each in town.hospitals[:2])
    feed.begin(kept, other)
    assert await feed.looked() == {kept, other}
    feed.take_away()
    assert await feed.looked() == set()
    feed.give(kept)
    assert await feed.looked() == {kept}
    await feed.stop()


async def both_ready(*intakes: Intake) -> bool:
    return all(each.subscriber.ready() for each in intakes)


async def test_two_owners_of_the_same_partitions_double_and_lose_nothing(desk: Desk, town: Town) -> None:
    poison = [InboundRecord(each, b"not a notice", []) for each in town.hospitals]
    async with town.intake(group=f"{town.name}-one") as one, town.intake(group=f"{town.name}-other") as other:
        for begin in range(0, 120, 30):
            town.send(*town.notices(120)[begin : begin + 30], *poison)
            await until(lambda taken=begin + 30: town.all_taken(taken))
        await until(lambda: one.moved(132))
        await until(lambda: both_ready(one, other))  # what one has moved, the other asks PostgreSQL for again
    assert {case.facts for case in await town.rows(tables.cases)} == {1}
    assert len(await town.rows(tables.outbox)) == 120 + 12
    assert len(await town.rows(tables.parked)) == 12


async def test_a_record_read_again_is_known_though_its_offset_was_forgotten(desk: Desk, town: Town) -> None:
    town.send(*town.notices(9), InboundRecord(town.hospitals[0], b"not a notice", []))
    for _ in range(2):
        async with town.intake() as intake:
            await until(lambda member=intake: member.moved(10))
        async with desk.engine.begin() as conn:
            await conn.execute(text("DELETE FROM offsets_due"))
    assert len(await town.rows(tables.facts)) == 9
    assert len(await town.rows(tables.outbox)) == 10
    [fact, *_] = await town.rows(tables.facts, sender=town.hospitals[0])
    [parked] = await town.rows(tables.parked)
    assert fact.topic_id == parked.topic_id != ""
    assert (fact.partition, fact.offset, fact.index_in_record) == (0, 0, 0)
    letters = {json.dumps(each) for each in await told(desk, town.hospitals[0])}
    assert len(letters) == 1
