"""A simulated institution's connection to Kafka: its own user and topics; it waits through outages."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from events.kafka.login import Login, topic_from, topic_to
from simulation.records import ReceivedLetter, WrittenRecord

SEND_WITHIN = 10.0  # seconds
AGAIN = 0.5  # seconds until a broker that is away is tried again


@dataclass
class KafkaTopics:
    """One institution at the broker. It reads without a consumer group, and only records from now on."""

    bootstrap: str
    login: Login
    _producer: Any = None
    _next: int | None = None  # offset to read next
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def publish(self, written: WrittenRecord) -> None:
        """Publish a record; returns once Kafka has it.

        Raises:
            ConnectionError: Kafka did not confirm the record.
        """
        try:
            async with asyncio.timeout(SEND_WITHIN):
                producer = await self._started()
                await producer.send_and_wait(
                    topic_from(self.login.user), written.value, headers=list(written.headers), partition=0
                )
        except (KafkaError, OSError, TimeoutError) as error:
            await self._forget()
            raise ConnectionError(f"Kafka did not take a record of {self.login.user}.") from error

    async def letters(self) -> AsyncIterator[ReceivedLetter]:
        """Yield the letters on its topic from the first call on, each once, for ever; it waits through outages."""
        while True:
            consumer: Any = AIOKafkaConsumer(
                **self.login.aiokafka(self.bootstrap), enable_auto_commit=False, fetch_max_wait_ms=1000
            )
            try:
                await consumer.start()
                async for letter in self._read(consumer):
                    yield letter
            except (KafkaError, OSError):
                await asyncio.sleep(AGAIN)
            finally:
                with suppress(KafkaError, OSError):
                    await consumer.stop()

    async def listening(self) -> None:
        """Return once the start offset is known: no later letter is missed."""
        await self._ready.wait()

    async def close(self) -> None:
        """Close the connection."""
        await self._forget()

    async def _read(self, consumer: Any) -> AsyncIterator[ReceivedLetter]:
        part = TopicPartition(topic_to(self.login.user), 0)
        consumer.assign([part])
        if self._next is None:
            self._next = (await consumer.end_offsets([part]))[part]
        consumer.seek(part, self._next)
        self._ready.set()
        async for record in consumer:
            self._next = record.offset + 1
            yield _letter(record)

    async def _started(self) -> Any:
        if self._producer is None:
            producer = AIOKafkaProducer(
                **self.login.aiokafka(self.bootstrap), acks="all", enable_idempotence=True, request_timeout_ms=5000
            )
            await producer.start()
            self._producer = producer
        return self._producer

    async def _forget(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(AGAIN):
                    await producer.stop()


def _letter(record: Any) -> ReceivedLetter:
    headers = {name: (value or b"").decode() for name, value in record.headers}
    kind, subject = headers.get("ce_type", ""), headers.get("ce_subject", "")
    return ReceivedLetter(kind, headers.get("ce_id", ""), subject, json.loads(record.value))
