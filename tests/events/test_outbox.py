import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from sqlalchemy import text

from events.outbox import Relay
from handoff.store import outbox, tables
from handoff.store.engine import OUTBOX, connect, listening
from handoff.store.outbox import Letter
from tests.conftest import Broker
from tests.events.cable import Cable
from tests.events.desk import NOW, Desk, notice

pytestmark = pytest.mark.timeout(60)


def letter(receiver: str, number: int, case_id: str = "C1") -> Letter:
    return Letter(
        case_id, f"step-{number}", receiver, "referral.offered", NOW, {"number": number}, subject=f"{case_id}.1"
    )


async def put(desk: Desk, *letters: Letter) -> list[str]:
    async with desk.engine.begin() as conn:
        return [await outbox.put(conn, desk.vault, each) for each in letters]


class Line:
    """The broker, with topics for receivers that no other test has."""

    def __init__(self, broker: Broker, names: dict[str, str]) -> None:
        self.broker, self.names = broker, names

    def producer(self) -> AIOKafkaProducer:
        login = self.broker.engine.aiokafka(self.broker.bootstrap)
        return AIOKafkaProducer(**login, enable_idempotence=True, acks="all", request_timeout_ms=3_000)

    async def read(self, receiver: str, count: int) -> list[ConsumerRecord]:
        login = self.broker.engine.aiokafka(self.broker.bootstrap)
        consumer = AIOKafkaConsumer(f"handoff.to.{receiver}", auto_offset_reset="earliest", **login)
        await consumer.start()
        try:
            return [await consumer.getone() for _ in range(count)]
        finally:
            await consumer.stop()


@pytest.fixture
async def line(kafka: Broker, request: pytest.FixtureRequest) -> Line:
    name = request.node.name.replace("_", "-")[5:35]
    await kafka.provision(f"{name}-a", f"{name}-b")
    return Line(kafka, {"a": f"{name}-a", "b": f"{name}-b"})


@pytest.fixture
async def relay(desk: Desk, line: Line) -> AsyncIterator[Relay]:
    async with listening(desk.url, OUTBOX) as bell:
        relay = Relay(desk.engine, desk.vault, "gwangmyeong", line.producer, bell)
        yield relay
        await relay.close()


@asynccontextmanager
async def sending(relay: Relay) -> AsyncIterator[None]:
    """The relay runs; afterwards all that it had in flight is sent and marked."""
    running = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        relay.stop()
        await running


def said(record: ConsumerRecord) -> dict[str, Any]:
    return dict(json.loads(record.value))


def header(record: ConsumerRecord, name: str) -> str:
    return str(dict(record.headers)[name].decode())


async def test_letters_arrive_as_cloudevents_in_the_order_of_the_case(desk: Desk, line: Line, relay: Relay) -> None:
    ids = await put(desk, *(letter(line.names["a"], number) for number in range(300)))
    async with sending(relay):
        records = await line.read(line.names["a"], 300)
    assert [said(record)["number"] for record in records] == list(range(300))
    assert [header(record, "ce_id") for record in records] == ids
    assert {record.key for record in records} == {b"C1"}
    first = {name: value.decode() for name, value in records[0].headers}
    assert first == {
        "ce_specversion": "1.0",
        "ce_id": ids[0],
        "ce_type": "referral.offered",
        "ce_source": "urn:handoff:gwangmyeong",
        "ce_time": "2026-05-04T03:00:00Z",
        "ce_subject": "C1.1",
        "content-type": "application/json",
    }


async def test_a_letter_written_twice_is_sent_once(desk: Desk, line: Line, relay: Relay) -> None:
    [first] = await put(desk, letter(line.names["a"], 1))
    [again] = await put(desk, letter(line.names["a"], 1))
    assert first == again
    await put(desk, letter(line.names["a"], 2))
    async with sending(relay):
        assert [said(record)["number"] for record in await line.read(line.names["a"], 2)] == [1, 2]


async def test_a_repeat_after_a_crash_has_the_same_id_and_bytes(desk: Desk, line: Line, relay: Relay) -> None:
    await put(desk, letter(line.names["a"], 1))
    async with sending(relay):
        await line.read(line.names["a"], 1)
    async with desk.engine.begin() as conn:  # as if the relay had been killed before it could mark it
        await conn.execute(text("UPDATE outbox SET sent_at = NULL"))
    async with sending(Relay(desk.engine, desk.vault, "gwangmyeong", line.producer, relay.bell)):
        one, other = await line.read(line.names["a"], 2)
    assert (one.key, one.value, one.headers) == (other.key, other.value, other.headers)


async def test_two_relays_keep_the_order_and_send_nothing_twice(desk: Desk, line: Line, relay: Relay) -> None:
    await put(desk, *(letter(line.names["a"], number) for number in range(500)))
    async with listening(desk.url, OUTBOX) as bell:
        other = Relay(desk.engine, desk.vault, "gwangmyeong", line.producer, bell)
        async with sending(relay), sending(other):
            await line.read(line.names["a"], 500)
            await put(desk, letter(line.names["a"], 500))
            records = await line.read(line.names["a"], 501)
    assert [said(record)["number"] for record in records] == list(range(501))


async def test_a_receiver_without_a_topic_keeps_nobody_waiting(desk: Desk, line: Line, relay: Relay) -> None:
    await put(desk, letter("nobody-knows-it", 1), letter(line.names["b"], 2))
    async with sending(relay):
        [record] = await line.read(line.names["b"], 1)
    assert said(record)["number"] == 2
    waiting = [row.receiver for row in await desk.rows(tables.outbox) if row.sent_at is None]
    assert waiting == ["nobody-knows-it"]


async def test_an_erased_persons_letters_are_not_sent_and_block_nobody(desk: Desk, line: Line, relay: Relay) -> None:
    case_id = await desk.opened()
    [person_] = await desk.rows(tables.persons)
    receiver = line.names["a"]
    named = Letter(case_id, "offer", receiver, "referral.offered", NOW, {"name": "김복순"}, person_id=person_.person_id)
    await put(desk, named, letter(receiver, 7))
    async with desk.engine.begin() as conn:
        await conn.execute(text("UPDATE persons SET key_sealed = NULL"))
    async with sending(relay):
        assert [said(record) for record in await line.read(receiver, 1)] == [{"number": 7}]


async def test_the_relay_is_woken_by_a_commit(desk: Desk, line: Line, relay: Relay) -> None:
    async with sending(relay):
        reading = asyncio.create_task(line.read(line.names["a"], 3))
        for number in range(3):
            await put(desk, letter(line.names["a"], number))
        assert [said(record)["number"] for record in await reading] == [0, 1, 2]


async def test_an_acknowledgement_names_no_person_in_its_key_or_headers(desk: Desk) -> None:
    await desk.take(notice())
    [row] = await desk.rows(tables.outbox)
    plain = " ".join(str(value) for value in row if not isinstance(value, bytes))
    assert "김복순" not in plain
    assert "V-1" not in plain  # a visit number is personal data


async def test_while_postgresql_is_away_the_relay_waits_and_goes_on(desk: Desk, line: Line) -> None:
    async with Cable.to(desk.url) as cable:
        engine = connect(cable.url)
        async with listening(cable.url, OUTBOX) as bell:
            relay = Relay(engine, desk.vault, "gwangmyeong", line.producer, bell)
            async with sending(relay):
                await put(desk, letter(line.names["a"], 1))
                await line.read(line.names["a"], 1)
                await cable.cut()
                await put(desk, letter(line.names["a"], 2))
                await cable.mend()
                records = await line.read(line.names["a"], 2)
                while said(records[-1])["number"] != 2:  # cut before it could mark the first, the relay repeats it
                    records = await line.read(line.names["a"], len(records) + 1)
        await engine.dispose()
    assert len({header(record, "ce_id") for record in records}) == 2
