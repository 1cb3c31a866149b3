"""Kafka's side of intake: a batch of records in, its offsets moved once it is durable."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from events.inbox import Inbox
from events.readers import Record
from events.reading import Arrival, Arrived

_LOG = structlog.get_logger("intake")
_PREFIX = "handoff.from."
PATTERN = r"handoff\.from\..*"
GROUP = "handoff-intake"
_TRANSIENT_STATES = (
    "40",
    "53",
    "57",
    "58",
    "08",
    "25006",
)  # SQLSTATE: rollback, resources, shutdown, system, connection
_AT_ONCE = 200  # records in one transaction
_LONGEST_PAUSE = 5.0  # seconds between tries while the store is away
_LONGEST_OUTAGE_MS = 24 * 3600 * 1000  # a batch is held so long before the group takes its partitions away
_SILENCE = 30.0  # seconds without progress that make intake unready


@dataclass
class Subscriber:
    """Feeds the inbox. Nothing is skipped: what is transient is waited for, what is permanent is parked.

    Attributes:
        clock: the wall clock, aware.
        progressed_at: monotonic moment when the last batch was done.
        holds_since: monotonic moment when the batch at hand came; None: there is none.
        taken: how far each partition has been taken.
        consumer: the consumer while it runs.
    """

    inbox: Inbox
    clock: Callable[[], datetime]
    progressed_at: float = field(default_factory=monotonic)
    holds_since: float | None = None
    taken: dict[TopicPartition, int] = field(default_factory=dict)
    consumer: Callable[[], AIOKafkaConsumer | None] = lambda: None

    async def take(self, records: Sequence[ConsumerRecord]) -> None:
        """Take a batch, then commit its offsets; until then it is held, however long the store is away."""
        self.holds_since = monotonic()
        await self._take_in_turn([arrival(record) for record in records])
        self.holds_since, self.progressed_at = None, monotonic()
        ends = {(each.topic, each.partition): each.offset + 1 for each in records}
        offsets = {TopicPartition(*partition): end for partition, end in ends.items()}
        self.taken |= offsets
        await self._commit(offsets)

    def ready(self) -> bool:
        """Whether records are being read and taken: looks at progress, not at connections."""
        consumer = self.consumer()
        if consumer is None or (self.holds_since and monotonic() - self.holds_since > _SILENCE):
            return False
        mine = consumer.assignment()
        read_at = max((consumer.last_poll_timestamp(each) or 0 for each in mine), default=0) / 1000
        behind = any((consumer.highwater(each) or 0) > self.taken.get(each, 0) for each in mine if each in self.taken)
        stuck = behind and monotonic() - self.progressed_at > _SILENCE
        return self.clock().timestamp() - read_at < _SILENCE and not stuck

    def lag(self) -> int:
        """Records that lie on the topics and were not taken yet, as far as the broker has told."""
        consumer = self.consumer()
        mine = consumer.assignment() if consumer else set()
        ends = {each: consumer.highwater(each) or 0 for each in mine if consumer}
        return sum(max(0, end - self.taken.get(each, end)) for each, end in ends.items())

    async def _take_in_turn(self, arrivals: list[Arrival]) -> None:
        """Take them in transactions, one after the other; while one is written, the records of the next are read."""
        writing: asyncio.Task[None] | None = None
        try:
            for begin in range(0, len(arrivals), _AT_ONCE):
                part = arrivals[begin : begin + _AT_ONCE]
                read = await self._read_ahead(part)
                if writing:
                    await writing
                writing = asyncio.create_task(self._take(part, read))
            if writing:
                await writing
        finally:
            if writing:
                writing.cancel()

    async def _read_ahead(self, arrivals: list[Arrival]) -> list[Arrived] | None:
        try:
            return await self.inbox.read(arrivals, self.clock())
        except Exception:  # noqa: BLE001 - the record that nobody foresaw is found when they are taken
            return None

    async def _take(self, arrivals: list[Arrival], read: list[Arrived] | None = None) -> None:
        """Take them in one transaction; a record that nobody foresaw is found by halving and parked alone."""
        try:
            await self._persist(arrivals, read)
        except Exception as trouble:  # noqa: BLE001 - whatever it is, no other record waits for it
            if len(arrivals) == 1:
                _LOG.exception("parked_unforeseen", topic=arrivals[0].topic, offset=arrivals[0].offset)
                await self._persist_parked(arrivals[0])
                return
            _LOG.warning("batch_halved", records=len(arrivals), error=type(trouble).__name__)
            half = len(arrivals) // 2
            await self._take(arrivals[:half])
            await self._take(arrivals[half:])

    async def _persist(self, arrivals: list[Arrival], read: list[Arrived] | None) -> None:
        ahead = iter([read])
        await self._until_store_answers(lambda: self.inbox.take(arrivals, self.clock(), next(ahead, None)))

    async def _persist_parked(self, arrival_: Arrival) -> None:
        await self._until_store_answers(lambda: self.inbox.park(arrival_, self.clock()))

    async def _until_store_answers(self, work: Callable[[], Any]) -> None:
        pause = 0.1
        while True:
            try:
                await work()
            except (SQLAlchemyError, OSError, TimeoutError) as trouble:
                if not transient(trouble):
                    raise
                _LOG.warning("store_away", error=type(trouble).__name__, again_in=pause)
            else:
                return
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)

    async def _commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Move the offsets of this batch alone. Refused after a rebalance: somebody else reads it again, harmlessly."""
        consumer = self.consumer()
        mine = consumer.assignment() if consumer else set()
        try:
            if consumer and (still := {each: offset for each, offset in offsets.items() if each in mine}):
                await consumer.commit(still)
        except KafkaError as trouble:
            _LOG.warning("offsets_not_moved", error=type(trouble).__name__)


def arrival(record: ConsumerRecord) -> Arrival:
    """Whose words a record is, is its topic."""
    institution = record.topic.removeprefix(_PREFIX)
    return Arrival(
        Record(institution, record.value, tuple(record.headers)), record.topic, record.partition, record.offset
    )


def transient(trouble: Exception) -> bool:
    """Whether the same transaction may go through later: an outage, a deadlock, a full pool."""
    if not isinstance(trouble, DBAPIError):
        return True
    state = getattr(trouble.orig, "sqlstate", None) or ""
    lost = trouble.connection_invalidated or isinstance(trouble, InterfaceError | OperationalError)
    return lost or state.startswith(_TRANSIENT_STATES)


def subscribe(
    broker: KafkaBroker,
    subscriber: Subscriber,
    *,
    batch: int = 4 * _AT_ONCE,
    pattern: str = PATTERN,
    group: str = GROUP,
) -> None:
    """Let the broker feed every institution's topic to the subscriber, one batch at a time.

    The offsets are moved by `Subscriber.take` alone: FastStream's own ways commit on error, or without waiting.
    """
    listening = broker.subscriber(
        pattern=pattern,
        group_id=group,
        batch=True,
        max_records=batch,
        batch_timeout_ms=50,
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="earliest",
        max_poll_interval_ms=_LONGEST_OUTAGE_MS,
        parser=_tolerant,
        decoder=_as_it_came,
    )
    listening(subscriber.take)
    subscriber.consumer = lambda: listening.consumer


async def _tolerant(records: tuple[ConsumerRecord, ...]) -> KafkaMessage:
    """FastStream's own parser loses a batch with a header that is null or not UTF-8; ours looks at none."""
    first, last = records[0], records[-1]
    return KafkaMessage(
        body=b"", raw_message=records, message_id=f"{first.offset}-{last.offset}", consumer=FAKE_CONSUMER
    )


async def _as_it_came(message: KafkaMessage) -> Any:
    return message.raw_message
