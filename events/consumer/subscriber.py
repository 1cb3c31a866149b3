"""FastStream's subscriber of all institutions' topics, and whether it makes progress."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any

from aiokafka import TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER

from events.consumer.feed import Feed
from events.consumer.lane import Lane
from events.consumer.mending import Ids
from events.consumer.taker import AT_ONCE, Taker
from events.intake.inbox import Inbox
from events.intake.ledger import Ledger
from events.readers import InboundRecord

PATTERN = r"handoff\.from\..*"
GROUP = "handoff-intake"
_LONGEST_OUTAGE_MS = 24 * 3600 * 1000  # Kafka removes a member from the group that does not poll for this time
_SILENCE = 30.0  # seconds without progress that make intake unready
_COMMIT_EVERY = 1.0  # seconds: Kafka's group offset is for lag tools only


@dataclass(frozen=True)
class PartitionSeen:
    """The last progress of a partition.

    Attributes:
        told: when the broker last answered, by aiokafka's clock.
        due: the offset due then; -1: the partition was read to its end.
        at: monotonic moment of it.
    """

    told: int | None
    due: int
    at: float


@dataclass
class Subscriber:
    """Hands the records of the feed to the taker.

    Attributes:
        ids: asks the broker for the ids of topics.
        clock: the wall clock, aware.
        taker: takes the records.
    """

    inbox: Inbox
    ids: Ids
    clock: Callable[[], datetime]
    taker: Taker = field(init=False)
    _placed_at: float = float("-inf")  # monotonic moment when all partitions were last placed
    _committing: asyncio.Task[None] | None = None
    _seen: dict[TopicPartition, PartitionSeen] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.taker = Taker(self.inbox, Ledger(self.inbox), self.clock)

    async def take(self, records: Sequence[InboundRecord]) -> None:
        """Take a batch. Records that could not be taken come again later."""
        await self.taker.take(records)
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit())

    def ready(self) -> bool:
        """Whether every partition makes progress. Held partitions do not count: `doctor` reports them."""
        feed = self.taker.feed()
        if feed is None or not feed.joined() or self.held_for() > _SILENCE:
            return False
        self._placed_at = self._placed_at if feed.unplaced() else monotonic()
        if monotonic() - self._placed_at > _SILENCE:
            return False
        moving = [lane for lane in feed.placed() if not lane.busy() and lane.partition not in self.taker.held]
        stuck = [lane for lane in moving if not self._reads(feed, lane)]
        return not stuck

    def held_for(self) -> float:
        """Seconds for which the store has not let us write; 0: it lets us write."""
        return monotonic() - self.taker.holds_since if self.taker.holds_since else 0.0

    def lag(self) -> int:
        """Records that were not taken yet, up to the end of each log that the broker last reported."""
        feed = self.taker.feed()
        return sum(max(0, feed.end(lane.partition) - lane.due) for lane in feed.placed()) if feed else 0

    def place_again(self) -> None:
        """Ask PostgreSQL again for the offset due of each partition."""
        if feed := self.taker.feed():
            self.taker.taken.clear()
            for lane in feed.placed():
                feed.give_up(lane.partition)

    def caught_up(self) -> bool:
        """Whether all our partitions were taken up to the end that the broker last reported."""
        feed = self.taker.feed()
        if feed is None or not feed.joined() or feed.unplaced():
            return False
        return all(self._taken_to_its_end(feed, lane) for lane in feed.placed())

    def _taken_to_its_end(self, feed: Feed, lane: Lane) -> bool:
        """Compares with what was taken, not with what was read: only that is durable."""
        end = feed.last_stable_offset(lane.partition)
        return end is not None and self.taker.taken.get(lane.partition, lane.placed_at) >= end

    def _reads(self, feed: Feed, lane: Lane) -> bool:
        """Whether the broker answered lately and reading went on, by the monotonic clock."""
        answered_at, behind = feed.last_poll_timestamp(lane.partition), feed.end(lane.partition) > lane.due
        seen = PartitionSeen(answered_at, lane.due if behind else -1, monotonic())
        before = self._seen.setdefault(lane.partition, seen)
        if answered_at != before.told and (not behind or lane.due != before.due):
            self._seen[lane.partition] = seen
            return True
        return monotonic() - before.at < _SILENCE

    async def _commit(self) -> None:
        """Commit the offsets taken to Kafka's group, which only tools for lag read."""
        await asyncio.sleep(_COMMIT_EVERY)
        feed = self.taker.feed()
        with suppress(Exception):  # the next commit repeats it
            if feed:
                mine, taken = feed.assignment(), self.taker.taken
                await feed.commit({partition: offset for partition, offset in taken.items() if partition in mine})


@dataclass(frozen=True)
class Subscription:
    """What is read, and how much at once.

    Attributes:
        pattern: a regular expression for the names of the topics.
        group: Kafka's consumer group.
        batch: records at most.
    """

    pattern: str = PATTERN
    group: str = GROUP
    batch: int = 4 * AT_ONCE


EVERY_INSTITUTION = Subscription()


def subscribe(
    broker: KafkaBroker, subscriber: Subscriber, to: Subscription = EVERY_INSTITUTION
) -> Callable[[], Awaitable[None]]:
    """Subscribe to the topics of institutions, one batch at a time. Returns the function that starts it.

    PostgreSQL decides what is read next: FastStream itself would commit after an error, or before we are done.
    """
    listening = broker.subscriber(
        pattern=to.pattern,
        group_id=to.group,
        batch=True,
        max_records=to.batch,
        batch_timeout_ms=200,  # a record ends the wait at once; each wait costs
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="none",
        isolation_level="read_committed",
        max_poll_interval_ms=_LONGEST_OUTAGE_MS,
        parser=_tolerant,
        decoder=_as_it_came,
    )
    listening(subscriber.take)
    subscriber.taker.feed = lambda: listening.consumer

    async def start() -> None:
        await broker.connect()
        config: Any = broker.config.broker_config
        settings: Mapping[str, Any] = config.builder.keywords  # for the connection to Kafka
        ledger, ids, clock = subscriber.taker.ledger, subscriber.ids, subscriber.clock
        config.builder = partial(Feed, ledger=ledger, ids=ids, clock=clock, **settings)
        await broker.start()

    return start


async def _tolerant(records: tuple[InboundRecord, ...]) -> KafkaMessage:
    """Parse without looking at headers: FastStream's own parser loses a batch with a header that is not UTF-8."""
    first, last = records[0], records[-1]
    return KafkaMessage(
        body=b"", raw_message=records, message_id=f"{first.offset}-{last.offset}", consumer=FAKE_CONSUMER
    )


async def _as_it_came(message: KafkaMessage) -> Any:
    return message.raw_message
