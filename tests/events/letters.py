"""Letters that wait in the outbox, the relay that sends them, and what arrives on Kafka."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from events.relay import Relay
from handoff.store import outbox, persons
from handoff.store.outbox import Letter
from tests.conftest import Broker
from tests.events.desk import NOW, Desk


def letter(receiver: str, number: int, case_id: str = "C1") -> Letter:
    return Letter(
        case_id, f"step-{number}", receiver, "referral.offered", NOW, {"number": number}, subject=f"{case_id}.1"
    )


async def put(desk: Desk, *letters: Letter) -> list[str]:
    async with desk.engine.begin() as conn:
        keyed = [(each, await persons.key(conn, desk.vault, each.person_id)) for each in letters]
        await outbox.put_all(conn, desk.vault, keyed)
    return [outbox.event_id(desk.vault, each) for each in letters]


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
