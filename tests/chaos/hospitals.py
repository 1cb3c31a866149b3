"""The hospitals of a chaos run: what they published, what they were answered, what became of each notice."""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.producer import message_accumulator
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from confluent_kafka import Producer

from events.kafka.login import Login, topic_from, topic_to
from tests.chaos.town import HOSPITALS, Town
from tests.events.desk import at_home, notice, person

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


class NotText(str):
    """A header's name in EUC-KR."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        return "환자".encode("euc-kr")


@dataclass(frozen=True)
class Sent:
    """A notice, and where it stood on Kafka; `epoch` counts the topics of that name."""

    message: str
    hospital: str
    offset: int
    epoch: int


@dataclass
class Hospitals:
    """Speaks for all of them, straight to the broker.

    Attributes:
        sent: every notice that the broker has confirmed.
        refused: what the broker has confirmed and nobody can read: it is to be parked, and its sender told.
        answers: what each message was answered: event id and bytes.
        rejections: ids of the events in which each hospital was told that something was refused.
        gone: for hospital and epoch, the offset before which the harness deleted everything.
    """

    town: Town
    dice: random.Random
    name: str
    sent: list[Sent] = field(default_factory=list)
    refused: list[Sent] = field(default_factory=list)
    answers: dict[str, set[tuple[str, bytes]]] = field(default_factory=dict)
    rejections: dict[str, set[str]] = field(default_factory=dict)
    gone: dict[tuple[str, int], int] = field(default_factory=dict)
    _epochs: dict[str, int] = field(default_factory=dict)
    _ends: dict[str, int] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)
    _count: int = 0

    @asynccontextmanager
    async def quiet(self, hospital: str) -> AsyncIterator[None]:
        """Nobody publishes there while the block runs."""
        async with self._locks.setdefault(hospital, asyncio.Lock()):
            yield

    async def publish(self, hospital: str, count: int) -> None:
        """New people's notices, by a producer of its own with a codec drawn by lot."""
        async with self.quiet(hospital):
            await self.publish_alone(hospital, count)

    async def publish_alone(self, hospital: str, count: int) -> None:
        """The same, for whoever has made it quiet there."""
        await asyncio.to_thread(self._publish, hospital, count)

    async def publish_what_is_taken(self, hospital: str, count: int) -> None:
        """The same while the broker may not take it: what it did not confirm was never sent."""
        settings = {**self.town.servers.login, "message.timeout.ms": 20_000}
        producer = Producer(settings)
        for _ in range(count):
            message, value, headers = self._notice(hospital)

            def told(error: object, record: object, message: str = message) -> None:
                if error is None:
                    self._confirmed(message, hospital, record.offset())  # type: ignore[attr-defined]

            producer.produce(topic_from(hospital), value=value, headers=headers, on_delivery=told)
        await asyncio.to_thread(producer.flush, 60)

    def _publish(self, hospital: str, count: int) -> None:
        codec, linger = self.dice.choice(CODECS), self.dice.choice((0, 20, 200))
        producer = Producer({**self.town.servers.login, "compression.type": codec, "linger.ms": linger})
        for _ in range(count):
            message, value, headers = self._notice(hospital)

            def confirmed(error: object, record: object, message: str = message) -> None:
                assert error is None, error
                self._confirmed(message, hospital, record.offset())  # type: ignore[attr-defined]

            producer.produce(topic_from(hospital), value=value, headers=headers, on_delivery=confirmed)
        assert producer.flush(60) == 0

    def _notice(self, hospital: str) -> tuple[str, bytes, list[tuple[str, bytes]]]:
        self._count += 1
        number, message = self._count, f"{self.name}-{self._count}"
        who = person(name=f"사람{number}", registration_number=None, phone=f"0108{number:07}", **at_home(number))
        told = notice(hospital, id=message, who=who, discharge={"reference": message})
        return message, told.value or b"", [(name, value or b"") for name, value in told.headers]

    def _confirmed(self, message: str, hospital: str, offset: int) -> None:
        self.sent.append(Sent(message, hospital, offset, self._epochs.get(hospital, 0)))
        self._ends[hospital] = max(self._ends.get(hospital, -1), offset)

    async def bomb(self, hospital: str) -> None:
        async with self.quiet(hospital):
            settings = {"compression.type": "zstd", "message.max.bytes": 1_000_000_000}
            await self._publish_refused(hospital, b"{" + b" " * 100_000_000, settings)

    async def nonsense(self, hospital: str) -> None:
        async with self.quiet(hospital):
            await self._publish_refused(hospital, b"\x00 not a notice", {})

    async def _publish_refused(self, hospital: str, value: bytes, settings: Mapping[str, object]) -> None:
        def confirmed(error: object, record: object) -> None:
            assert error is None, error
            place = record.offset(), self._epochs.get(hospital, 0)  # type: ignore[attr-defined]
            self.refused.append(Sent("", hospital, *place))

        producer = Producer({**self.town.servers.login, **settings})
        producer.produce(topic_from(hospital), value=value, on_delivery=confirmed)
        assert await asyncio.to_thread(producer.flush, 60) == 0

    async def odd_header(self, hospital: str) -> None:
        """aiokafka's own builder in Python lets the name pass."""
        async with self.quiet(hospital):
            message, value, headers = self._notice(hospital)
            modules = (message_accumulator, sys.modules[AIOKafkaProducer.__module__])
            before = [module.DefaultRecordBatchBuilder for module in modules]
            for module in modules:
                module.DefaultRecordBatchBuilder = _DefaultRecordBatchBuilderPy
            try:
                async with AIOKafkaProducer(**self._login) as producer:
                    odd = [*headers, (NotText("x"), b"1")]
                    there = await producer.send_and_wait(topic_from(hospital), value, headers=odd)
            finally:
                for module, builder in zip(modules, before, strict=True):
                    module.DefaultRecordBatchBuilder = builder
            self._confirmed(message, hospital, there.offset)

    def last_offset(self, hospital: str) -> int:
        return self._ends[hospital]

    def deleted(self, hospital: str, before: int) -> None:
        """The harness deleted everything before an offset."""
        place = hospital, self._epochs.get(hospital, 0)
        self.gone[place] = max(before, self.gone.get(place, 0))

    def began_anew(self, hospital: str) -> None:
        self._epochs[hospital] = self._epochs.get(hospital, 0) + 1
        self._ends[hospital] = -1

    async def all_read(self, hospital: str) -> bool:
        """Whether every notice on the hospital's topics was taken, or deleted by the harness before."""
        rows = await self.town.says("SELECT message_id FROM facts WHERE sender = :hospital", hospital=hospital)
        taken = {str(row[0]) for row in rows}
        mine = [each for each in self.sent if each.hospital == hospital]
        unread = [each for each in await self.unparked() if each.hospital == hospital]
        return not unread and all(each.message in taken or self.was_deleted(each) for each in mine)

    async def unparked(self) -> list[Sent]:
        """What nobody can read and is not parked, nor deleted by the harness before."""
        rows = await self.town.says('SELECT topic, "offset", coalesce(last_offset, "offset") FROM parked')
        ranges = [(str(row[0]), int(str(row[1])), int(str(row[2]))) for row in rows]
        parked = [
            each
            for each in self.refused
            if any(topic_from(each.hospital) == topic and first <= each.offset <= last for topic, first, last in ranges)
        ]
        return [each for each in self.refused if each not in parked and not self.was_deleted(each)]

    def was_deleted(self, each: Sent) -> bool:
        """Whether the harness deleted the place where it stood."""
        return each.offset < self.gone.get((each.hospital, each.epoch), 0)

    async def listen(self) -> None:
        """Hear all that was answered."""
        consumer = AIOKafkaConsumer(*map(topic_to, HOSPITALS), auto_offset_reset="earliest", **self._login)
        await consumer.start()
        try:
            ends = await consumer.end_offsets(consumer.assignment())
            while [part for part, end in ends.items() if await consumer.position(part) < end]:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        self._heard(record)
        finally:
            await consumer.stop()

    def _heard(self, record: object) -> None:
        headers, value = dict(record.headers), record.value  # type: ignore[attr-defined]
        if headers["ce_type"] == b"notice.acknowledged":
            message = json.loads(value)["message_id"]
            self.answers.setdefault(message, set()).add((headers["ce_id"].decode(), value))
        if headers["ce_type"] == b"notice.rejected":
            topic = record.topic  # type: ignore[attr-defined]
            self.rejections.setdefault(topic, set()).add(headers["ce_id"].decode())

    def untold(self, hospital: str) -> int:
        """How many refusals less than refused records the hospital heard of."""
        mine = [each for each in self.refused if each.hospital == hospital and not self.was_deleted(each)]
        return max(0, len(mine) - len(self.rejections.get(topic_to(hospital), set())))

    @property
    def _login(self) -> dict[str, str]:
        servers = self.town.servers
        return Login("engine", servers.keys.engine_password).aiokafka(servers.there.kafka.bootstrap)
