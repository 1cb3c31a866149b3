"""Kafka's side of intake: reads each partition from the offset due in PostgreSQL, and leaves no record out.

When one partition raises, aiokafka's own `getmany` drops the records that it has taken from the others; and it trusts
Kafka's group offset. `Feed.getmany` takes records partition by partition, compares every offset with the offset due,
and lets `Mending` work on a partition in trouble while the others go on.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from time import monotonic
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import ConsumerStoppedError, KafkaError

from events.consumer.lane import AT_MOST, ROOM, Lane, Raw
from events.consumer.mending import BehindError, HoleError, Ids, Mending
from events.intake.ledger import Ledger
from events.kafka_format import unpacking
from events.readers import InboundRecord
from handoff.store.engine import say_away

_LOG = structlog.get_logger("intake")
_IDS_EVERY = 10.0  # seconds between checks whether a topic was deleted and made again
_PLACE_AGAIN = 1.0  # seconds until a partition that could not be placed is tried again
_KEPT_UNPACKED = (
    unpacking.LARGEST_BATCH
)  # bytes kept of batches that are unpacked and read in part, over all partitions

unpacking.limit_unpacking()


class Feed(AIOKafkaConsumer):  # type: ignore[misc]
    """A member of the consumer group that returns records from the offset due.

    Attributes:
        lanes: the partitions that are placed, which means that PostgreSQL was asked for their offset due.
    """

    def __init__(self, *topics: str, ledger: Ledger, ids: Ids, clock: Callable[[], datetime], **settings: Any) -> None:
        """Args: ledger: knows the offset due. ids: asks the broker for the ids of topics. settings: for aiokafka."""
        super().__init__(*topics, **settings)
        self.lanes: dict[TopicPartition, Lane] = {}
        self._ledger, self._ids, self._clock = ledger, ids, clock
        self._mending = Mending(self, ledger, ids, clock, lambda lane: self.give_up(lane.partition))
        self._placing: asyncio.Task[None] | None = None
        self._place_at = 0.0

    def subscribe(self, topics: Any = (), pattern: str | None = None, listener: Any = None) -> None:
        """Subscribe. Partitions that the group takes away are forgotten, and placed again when they come back."""
        super().subscribe(topics, pattern, listener or _Placed(self.lanes))

    async def getmany(
        self, *_: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[InboundRecord]]:
        """The next records by partition, in order. Waits at most `timeout_ms` if there are none.

        Raises:
            ConsumerStoppedError: the consumer was stopped.
        """
        if self._closed:
            raise ConsumerStoppedError
        with self._subscription.fetch_context():
            self._look_after_partitions()
            records = self._given_out(max_records or AT_MOST)
            if not records:
                await self._something_comes(timeout_ms / 1000)
                records = self._given_out(max_records or AT_MOST)
            return records

    def go_back(self, partition: TopicPartition, due: int, pause: float = 0.0) -> None:
        """Return a partition's records again, from the offset `due`, after a pause in seconds."""
        lane = self.lanes.get(partition)
        if lane is not None and partition in self.assignment():
            lane.stop_work()
            lane.due, lane.rests_until, lane.mended = due, monotonic() + pause, []
            self.seek(partition, due)

    def give_up(self, partition: TopicPartition) -> None:
        """Forget a partition that another process has moved. If it is still ours, PostgreSQL is asked again."""
        if lane := self.lanes.pop(partition, None):
            lane.stop_work()
        self._place_at = monotonic() + _PLACE_AGAIN

    def unplaced(self) -> set[TopicPartition]:
        """Partitions that are assigned to us and not placed yet."""
        return set(self.assignment()) - set(self.lanes)

    def placed(self) -> list[Lane]:
        """Partitions that are assigned to us and placed."""
        mine = self.assignment()
        return [lane for partition, lane in self.lanes.items() if partition in mine]

    def end(self, partition: TopicPartition) -> int:
        """The last stable offset that the broker reported: the first open transaction begins there. 0: not known."""
        return self.last_stable_offset(partition) or 0

    def joined(self) -> bool:
        """Whether the group has assigned its partitions, even if it assigned none to us."""
        subscription = self._subscription.subscription
        return subscription is not None and subscription.assignment is not None

    def broken(self) -> bool:
        """Whether one of aiokafka's own tasks has ended. Then no records come any more: replace this consumer."""
        if self._fetcher is None or self._coordinator is None:
            return False
        return bool(self._fetcher.error_future.done() or self._coordinator._coordination_task.done())  # noqa: SLF001 - aiokafka does not show it

    async def stop(self) -> None:
        """Leave the group."""
        work = [self._placing, *(lane.work for lane in self.lanes.values())]
        running = [task for task in work if task is not None and not task.done()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await super().stop()

    def _given_out(self, at_most: int) -> dict[TopicPartition, list[InboundRecord]]:
        given: dict[TopicPartition, list[InboundRecord]] = {}
        room = ROOM
        for lane in [idle for idle in self.placed() if not idle.busy()]:
            if at_most <= 0 or room <= 0:
                break
            partition = lane.partition
            records, lane.mended = lane.mended, []
            records = records or self._drained(lane, at_most, room)
            if records:
                given[partition] = records
                at_most -= len(records)
                room -= sum([record.size for record in records])
                self.lanes[partition] = self.lanes.pop(partition)  # to the end: the others come first the next time
        self._let_go()
        return given

    def _let_go(self) -> None:
        """Keep at most `_KEPT_UNPACKED` bytes of unpacked batches, the last read first. The rest is fetched again."""
        room = _KEPT_UNPACKED
        for lane in reversed(list(self.lanes.values())):
            room -= lane.unpacked
            if room < 0 and lane.unpacked:
                self._fetch_on(lane)

    def _drained(self, lane: Lane, at_most: int, room: int) -> list[InboundRecord]:
        """Records that were fetched already, in order. Stops at a hole or an error, and has the partition mended."""
        fetched = self._fetcher._records.get(lane.partition)  # noqa: SLF001 - aiokafka has no public way
        if fetched is None:
            self._look_behind(lane)
            return []
        drained: list[InboundRecord] = []
        try:
            if not isinstance(fetched, FetchResult):
                fetched.check_raise()
            self._read_on(lane, fetched, drained, (at_most, room))
        except Exception as trouble:  # noqa: BLE001 - any error concerns this partition alone
            self._fetch_on(lane)
            self._mend(lane, trouble)
        return drained

    def _read_on(self, lane: Lane, fetched: FetchResult, drained: list[InboundRecord], limits: tuple[int, int]) -> None:
        """Add records to `drained`, up to the limits: how many records, and how many bytes."""
        at_most, room = limits
        if not fetched.check_assignment(lane.partition):  # fetched before the partition moved to another offset
            self._fetch_on(lane)
            return
        end, records = self.end(lane.partition), fetched._partition_records  # noqa: SLF001 - as aiokafka's getone does
        unpacking.last_size = 0
        try:
            for record in records:
                if record.offset != lane.due and not lane.knows(record.offset):
                    lane.note_holes([record.offset, *_offsets(records)])
                    raise HoleError
                drained.append(lane.inbound(record, end))
                at_most, room = at_most - 1, room - drained[-1].size
                if at_most <= 0:
                    lane.unpacked = unpacking.last_size or lane.unpacked
                    return
                if room <= 0:
                    break  # the rest of a large batch is fetched again, not kept unpacked
        finally:
            fetched._update_position()  # noqa: SLF001 - as aiokafka's getone does
        self._fetch_on(lane)

    def _look_behind(self, lane: Lane) -> None:
        """Pass a hole at the end of the log, such as a transaction's marker, once it was seen twice."""
        state = self._subscription.subscription.assignment.state_value(lane.partition)
        position = state.position if state.has_valid_position else lane.due
        if position > lane.due and lane.knows(position):
            self._mend(lane, BehindError(position))
        elif position > lane.due:
            lane.note_holes([position])
            self._mend(lane, HoleError())

    def _fetch_on(self, lane: Lane) -> None:
        """Drop what was fetched of a partition, so that aiokafka fetches from its position."""
        lane.unpacked = 0
        self._fetcher._records.pop(lane.partition, None)  # noqa: SLF001 - as aiokafka's getmany does
        self._fetcher._notify(self._fetcher._wait_consume_future)  # noqa: SLF001 - as aiokafka's getmany does

    def _mend(self, lane: Lane, trouble: Exception) -> None:
        name = f"mend {lane.partition.topic} {lane.partition.partition}"
        lane.work = asyncio.create_task(self._mending.mend(lane, trouble), name=name)

    def _look_after_partitions(self) -> None:
        """Place new partitions, and check every `_IDS_EVERY` seconds whether a topic was deleted and made again."""
        idle = self._placing is None or self._placing.done()
        if self._subscription.reassignment_in_progress:
            return  # `assignment` may name partitions that we have already lost
        if idle and monotonic() >= self._place_at and self.assignment():
            self._place_at = monotonic() + (_PLACE_AGAIN if self.unplaced() else _IDS_EVERY)
            self._placing = asyncio.create_task(self._place(), name="place partitions")
        elif idle and self.unplaced() and self._place_at - monotonic() > _PLACE_AGAIN:
            self._place_at = 0.0

    async def _place(self) -> None:
        try:
            ids = await self._ids({partition.topic for partition in self.assignment()})
            for partition, lane in list(self.lanes.items()):
                if ids.get(partition.topic, lane.topic_id) != lane.topic_id:
                    _LOG.warning("topic_made_anew", topic=partition.topic)
                    self.lanes.pop(partition).stop_work()
        except Exception as trouble:  # noqa: BLE001 - tried again; readiness and `doctor` report it
            say_away(_LOG, "topics_not_described", trouble)
            return
        for partition in self.unplaced():
            if topic_id := ids.get(partition.topic):
                await self._begin(partition, topic_id)

    async def _begin(self, partition: TopicPartition, topic_id: str) -> None:
        try:
            due = await self._ledger.due(partition.topic, topic_id, partition.partition, self._clock())
            if partition in self.assignment():
                self.seek(partition, due)
                self.lanes[partition] = Lane(partition, topic_id, due, placed_at=due)
        except Exception as trouble:  # noqa: BLE001 - tried again; the other partitions go on
            say_away(_LOG, "not_placed", trouble)

    async def _something_comes(self, within: float) -> None:
        waiter = self._fetcher._create_fetch_waiter()  # noqa: SLF001 - aiokafka has no public way
        try:
            self._coordinator.check_errors()
            await asyncio.wait_for(waiter, within)
        except TimeoutError:
            return
        except KafkaError as trouble:  # an error of the group, such as a missing right
            waiter.cancel()
            say_away(_LOG, "group_trouble", trouble)
            await asyncio.sleep(1)


class _Placed(ConsumerRebalanceListener):  # type: ignore[misc]
    """Forgets all partitions when a rebalance of the group begins, and again when it ends.

    `Feed` places them afterwards.
    """

    def __init__(self, lanes: dict[TopicPartition, Lane]) -> None:
        self._lanes = lanes

    def on_partitions_revoked(self, _: Collection[TopicPartition]) -> None:
        self._forget()

    def on_partitions_assigned(self, _: Collection[TopicPartition]) -> None:
        self._forget()

    def _forget(self) -> None:
        for lane in self._lanes.values():
            lane.stop_work()
        self._lanes.clear()


def _offsets(records: Iterator[Raw]) -> list[int]:
    """Offsets of the next records that were fetched, as far as they can be decoded."""
    offsets: list[int] = []
    with suppress(Exception):  # the record fails again when it is due
        offsets.extend(record.offset for record in islice(records, AT_MOST))
    return offsets
