"""What is done about one partition's trouble, beside all others: a hole in its log, a batch that cannot be decoded."""

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
_SHORTEST, _LONGEST = 0.5, 30.0  # seconds of rest after a mending that failed
_SAY_EVERY = 60.0  # seconds
Ids = Callable[[Collection[str]], Awaitable[Mapping[str, str]]]  # topics' ids by their names; a missing one is left out


class HoleError(Exception):
    """The offset that came is not the one that is due."""


class BehindError(Exception):
    """The log leaves out the offset that is due, and goes on at `offset`."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


@dataclass
class Mending:
    """Mends partitions of one consumer.

    Attributes:
        ledger: where offsets due are moved, and what is missing is named.
        ids: asks the broker for topics' ids.
        clock: the wall clock, aware.
        give_up: called when somebody else turns out to have moved a partition.
    """

    consumer: AIOKafkaConsumer
    ledger: Ledger
    ids: Ids
    clock: Callable[[], datetime]
    give_up: Callable[[Lane], None]
    _said: dict[str, float] = field(default_factory=dict)
    _one_at_once: asyncio.Semaphore = field(default_factory=asyncio.Semaphore)  # a batch unpacked takes memory

    async def mend(self, lane: Lane, trouble: Exception) -> None:
        """Mend a partition; if that fails, it rests longer and longer, and `doctor` names it."""
        try:
            await self._mended(lane, trouble)
            if lane.tries:
                await self.ledger.release(lane.name)
            lane.tries = 0
        except NotOwnerError:
            self.give_up(lane)
        except Exception as failure:  # noqa: BLE001 - whatever it is, it is this partition's
            await self._rest(lane, failure)

    async def _mended(self, lane: Lane, trouble: Exception) -> None:
        match trouble:
            case HoleError() | OffsetOutOfRangeError():
                await self._look_at_log(lane)
            case BehindError():
                await self.ledger.move([self._move(lane, trouble.offset)], self.clock())
                lane.due = trouble.offset
            case NoOffsetForPartitionError():
                pass  # Kafka's group knows no offset; PostgreSQL does
            case _:
                await self._read_raw(lane, trouble)
        self.consumer.seek(lane.partition, lane.due)

    async def _rest(self, lane: Lane, failure: Exception) -> None:
        pause = min(_LONGEST, _SHORTEST * 2**lane.tries)  # by hand: Kafka may take the partition away meanwhile
        lane.tries, lane.rests_until = lane.tries + 1, monotonic() + pause
        self._say("partition_trouble", lane, failure)
        with suppress(Exception):  # the store's own trouble is told elsewhere
            end = self.consumer.last_stable_offset(lane.partition) or 0
            await self.ledger.hold(PartitionHold(lane.name, lane.due, error_name(failure), end), self.clock())

    def _say(self, event: str, lane: Lane, failure: BaseException) -> None:
        """One line a minute for each partition."""
        key = f"{event}:{lane.partition}"
        if monotonic() - self._said.get(key, -_SAY_EVERY) >= _SAY_EVERY:
            self._said[key] = monotonic()
            _LOG.warning(event, topic=lane.partition.topic, offset=lane.due, error=error_name(failure))

    async def _look_at_log(self, lane: Lane) -> None:
        """Compare the offset due with where the log begins and ends; what is gone is named, and passed.

        Raises:
            NotOwnerError: it is another topic of the same name by now.
        """
        partition = lane.partition
        if (await self.ids({partition.topic})).get(partition.topic) != lane.topic_id:
            raise NotOwnerError({lane.name})
        begins = (await self.consumer.beginning_offsets([partition]))[partition]
        ends = (await self.consumer.end_offsets([partition]))[partition]
        where = (partition.topic, *lane.name)
        if lane.due < begins:
            await self._gone(lane, Gap(*where, lane.due, begins - 1, DELETED), begins)
        elif lane.due > ends:  # what was written since may be unread: known facts change nothing
            await self._gone(lane, Gap(*where, ends, lane.due - 1, LOG_CUT), begins)
        lane.beginning = begins

    async def _gone(self, lane: Lane, gap: Gap, due: int) -> None:
        await self.ledger.missing(gap, self._move(lane, due), self.clock())
        _LOG.error("records_missing", topic=gap.topic, first=gap.first, last=gap.last, why=gap.why)
        lane.due = due

    def _move(self, lane: Lane, due: int) -> Move:
        return Move(lane.topic_id, lane.partition.partition, lane.due, due)

    async def _read_raw(self, lane: Lane, trouble: Exception) -> None:
        """Read the batch at the offset due by our own means; what nobody reads is given out as a range."""
        async with self._one_at_once:
            await self._read_batch(lane, trouble)

    async def _read_batch(self, lane: Lane, trouble: Exception) -> None:
        batch = await fetched(self.consumer, lane.partition, lane.due)
        if batch is None:
            raise trouble
        if batch.first > lane.due:
            await self._look_at_log(lane)  # the broker itself goes on there: the hole is the log's own
        apart = replace(lane, mended=[], holes=set())  # read beside the loop, which may go back meanwhile
        lane.mended = await asyncio.to_thread(_inbound_records, apart, batch)
        lane.due = apart.due
        if not lane.mended:  # all of it lies before the offset due, but its end
            await self.ledger.move([self._move(lane, batch.last + 1)], self.clock())
            lane.due = batch.last + 1


def _inbound_records(lane: Lane, batch: Batch) -> list[InboundRecord]:
    """The batch's records from the offset due, as many as are given out at once; or all of it as one range."""
    due, end, found, room = lane.due, batch.last + 1, list[InboundRecord](), ROOM
    try:
        for raw in batch.records():
            if raw.offset >= due:
                found.append(lane.inbound(raw, end))
                room -= found[-1].size
            if len(found) >= AT_MOST or room <= 0:
                break
    except Exception as error:  # noqa: BLE001 - whatever it raises, nobody reads the batch
        unread = Unread(batch.last, batch.count, isinstance(error, BatchTooLargeError), type(error).__name__)
    else:
        return found
    first = max(due, batch.first)
    _LOG.error("batch_not_read", topic=lane.partition.topic, first=first, last=batch.last, error=unread.error)
    lane.due = batch.last + 1
    place = (lane.partition.topic, lane.partition.partition, first, lane.topic_id, due)
    return [InboundRecord(lane.institution, batch.raw, (), *place, end=end, unread=unread)]
