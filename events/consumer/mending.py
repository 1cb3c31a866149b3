"""Mends one partition while the others go on: a hole in its log, or a batch that cannot be decoded."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError

from events.consumer.lane import AT_MOST, ROOM, Lane
from events.intake.ledger import Ledger
from events.kafka_format.batch import Batch, fetched
from events.kafka_format.unpacking import BatchTooLargeError
from events.readers import InboundRecord, Unread
from handoff.store.engine import error_name
from handoff.store.intake.offsets import DELETED, LOG_CUT, Gap, Move, NotOwnerError, PartitionHold

_LOG = structlog.get_logger("intake")
_SHORTEST, _LONGEST = 0.5, 30.0  # seconds of pause after mending has failed
_SAY_EVERY = 60.0  # seconds between log lines about one partition
Ids = Callable[[Collection[str]], Awaitable[Mapping[str, str]]]  # ids of topics by name; unknown topics are left out


class HoleError(Exception):
    """The next record has another offset than the offset due."""


class BehindError(Exception):
    """The log has no record at the offset due, and goes on at `offset`."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


@dataclass
class Mending:
    """Mends partitions of one consumer.

    Attributes:
        ledger: moves the offset due, and opens tasks about missing records.
        ids: asks the broker for the ids of topics.
        clock: the wall clock, aware.
        give_up: called when another process has moved a partition.
    """

    consumer: AIOKafkaConsumer
    ledger: Ledger
    ids: Ids
    clock: Callable[[], datetime]
    give_up: Callable[[Lane], None]
    _said: dict[str, float] = field(default_factory=dict)
    _one_at_once: asyncio.Semaphore = field(default_factory=asyncio.Semaphore)  # unpacked batches take memory

    async def mend(self, lane: Lane, trouble: Exception) -> None:
        """Mend a partition. If that fails, it is tried again after growing pauses, and `doctor` lists it."""
        try:
            await self._mended(lane, trouble)
            if lane.tries:
                await self.ledger.release(lane.name)
            lane.tries = 0
        except NotOwnerError:
            self.give_up(lane)
        except Exception as failure:  # noqa: BLE001 - any error concerns this partition alone
            await self._rest(lane, failure)

    async def _mended(self, lane: Lane, trouble: Exception) -> None:
        match trouble:
            case HoleError() | OffsetOutOfRangeError():
                await self._look_at_log(lane)
            case BehindError():
                await self.ledger.move([self._move(lane, trouble.offset)], self.clock())
                lane.due = trouble.offset
            case NoOffsetForPartitionError():
                pass  # Kafka's group has no offset, and needs none: PostgreSQL has it
            case _:
                await self._read_raw(lane, trouble)
        self.consumer.seek(lane.partition, lane.due)

    async def _rest(self, lane: Lane, failure: Exception) -> None:
        pause = min(_LONGEST, _SHORTEST * 2**lane.tries)  # not stamina: Kafka may take the partition away meanwhile
        lane.tries, lane.rests_until = lane.tries + 1, monotonic() + pause
        self._say("partition_trouble", lane, failure)
        with suppress(Exception):  # errors of the store are logged elsewhere
            end = self.consumer.last_stable_offset(lane.partition) or 0
            await self.ledger.hold(PartitionHold(lane.name, lane.due, error_name(failure), end), self.clock())

    def _say(self, event: str, lane: Lane, failure: BaseException) -> None:
        """Log at most one line a minute for each partition."""
        key = f"{event}:{lane.partition}"
        if monotonic() - self._said.get(key, -_SAY_EVERY) >= _SAY_EVERY:
            self._said[key] = monotonic()
            _LOG.warning(event, topic=lane.partition.topic, offset=lane.due, error=error_name(failure))

    async def _look_at_log(self, lane: Lane) -> None:
        """Compare the offset due with begin and end of the log. Pass records that are gone, and open a task for them.

        Raises:
            NotOwnerError: the topic was deleted, and another one has its name.
        """
        partition = lane.partition
        if (await self.ids({partition.topic})).get(partition.topic) != lane.topic_id:
            raise NotOwnerError({lane.name})
        begins = (await self.consumer.beginning_offsets([partition]))[partition]
        ends = (await self.consumer.end_offsets([partition]))[partition]
        where = (partition.topic, *lane.name)
        if lane.due < begins:
            await self._gone(lane, Gap(*where, lane.due, begins - 1, DELETED), begins)
        elif lane.due > ends:  # read from the beginning: new records may be unread, and known ones change nothing
            await self._gone(lane, Gap(*where, ends, lane.due - 1, LOG_CUT), begins)
        lane.beginning = begins

    async def _gone(self, lane: Lane, gap: Gap, due: int) -> None:
        await self.ledger.missing(gap, self._move(lane, due), self.clock())
        _LOG.error("records_missing", topic=gap.topic, first=gap.first, last=gap.last, why=gap.why)
        lane.due = due

    def _move(self, lane: Lane, due: int) -> Move:
        return Move(lane.topic_id, lane.partition.partition, lane.due, due)

    async def _read_raw(self, lane: Lane, trouble: Exception) -> None:
        """Read the batch at the offset due with our own decoder. If that fails too, return it whole, as one range."""
        async with self._one_at_once:
            await self._read_batch(lane, trouble)

    async def _read_batch(self, lane: Lane, trouble: Exception) -> None:
        batch = await fetched(self.consumer, lane.partition, lane.due)
        if batch is None:
            raise trouble
        if batch.first > lane.due:
            await self._look_at_log(lane)  # the broker itself goes on there: the hole is in the log
        apart = replace(lane, mended=[], holes=set())  # a copy: the event loop may move the lane meanwhile
        lane.mended = await asyncio.to_thread(_inbound_records, apart, batch)
        lane.due = apart.due
        if not lane.mended:  # the batch has no record from the offset due on
            await self.ledger.move([self._move(lane, batch.last + 1)], self.clock())
            lane.due = batch.last + 1


def _inbound_records(lane: Lane, batch: Batch) -> list[InboundRecord]:
    """The batch's records from the offset due, at most `AT_MOST`. If it cannot be decoded, all of it as one range."""
    due, end, records, room = lane.due, batch.last + 1, list[InboundRecord](), ROOM
    try:
        for raw in batch.records():
            if raw.offset >= due:
                records.append(lane.inbound(raw, end))
                room -= records[-1].size
            if len(records) >= AT_MOST or room <= 0:
                break
    except Exception as error:  # noqa: BLE001 - decoders raise anything; none can read this batch
        unread = Unread(batch.last, batch.count, isinstance(error, BatchTooLargeError), type(error).__name__)
    else:
        return records
    first = max(due, batch.first)
    _LOG.error("batch_not_read", topic=lane.partition.topic, first=first, last=batch.last, error=unread.error)
    lane.due = batch.last + 1
    place = (lane.partition.topic, lane.partition.partition, first, lane.topic_id, due)
    return [InboundRecord(lane.institution, batch.raw, (), *place, end=end, unread=unread)]
