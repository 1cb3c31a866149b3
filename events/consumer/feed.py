"""Kafka's side of intake: each partition's records from the offset that PostgreSQL has as due, and nothing left out.

aiokafka's own `getmany` throws away what it has drained of others when one partition raises, and trusts Kafka's group
offset. This one drains partition by partition, compares every offset with the one that is due, and has a partition's
trouble mended beside the others.
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
_IDS_EVERY = 10.0  # seconds between looks whether a topic was made anew
_PLACE_AGAIN = 1.0  # seconds until a partition that could not be placed is tried again
_KEPT_UNPACKED = unpacking.LARGEST_BATCH  # bytes of all partitions' batches that are read in part

unpacking.limit_unpacking()


class Feed(AIOKafkaConsumer):  # type: ignore[misc]
    """A member of the consumer group that gives out what is due.

    Attributes:
        lanes: the partitions that are placed: PostgreSQL was asked which offset is due.
    """

    def __init__(self, *topics: str, ledger: Ledger, ids: Ids, clock: Callable[[], datetime], **settings: Any) -> None:
        """Args: ledger: which offset is due. ids: asks the broker for topics' ids. settings: aiokafka's."""
        super().__init__(*topics, **settings)
        self.lanes: dict[TopicPartition, Lane] = {}
        self._ledger, self._ids, self._clock = ledger, ids, clock
        self._mending = Mending(self, ledger, ids, clock, lambda lane: self.give_up(lane.partition))
        self._placing: asyncio.Task[None] | None = None
        self._place_at = 0.0

    def subscribe(self, topics: Any = (), pattern: str | None = None, listener: Any = None) -> None:
        """Subscribe; partitions that are taken away are forgotten, and placed anew when they come back."""
        super().subscribe(topics, pattern, listener or _Placed(self.lanes))

    async def getmany(
        self, *_: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[InboundRecord]]:
        """What is due, each partition's in order; waits at most `timeout_ms` for something.

        Raises:
            ConsumerStoppedError: it was stopped.
        """
        if self._closed:
            raise ConsumerStoppedError
        with self._subscription.fetch_context():
            self._look_after_partitions()
            found = self._given_out(max_records or AT_MOST)
            if not found:
                await self._something_comes(timeout_ms / 1000)
                found = self._given_out(max_records or AT_MOST)
            return found

    def go_back(self, partition: TopicPartition, due: int, pause: float = 0.0) -> None:
        """Give a partition out again from an offset, after a pause in seconds."""
        lane = self.lanes.get(partition)
        if lane is not None and partition in self.assignment():
            lane.stop_work()
            lane.due, lane.rests_until, lane.mended = due, monotonic() + pause, []
            self.seek(partition, due)

    def give_up(self, partition: TopicPartition) -> None:
        """Somebody else has moved it: if it is still ours, PostgreSQL is asked again where it stands."""
        if lane := self.lanes.pop(partition, None):
            lane.stop_work()
        self._place_at = monotonic() + _PLACE_AGAIN

    def unplaced(self) -> set[TopicPartition]:
        """Partitions that are ours and not read yet."""
        return set(self.assignment()) - set(self.lanes)

    def placed(self) -> list[Lane]:
        """Partitions that are ours and read."""
        mine = self.assignment()
        return [lane for partition, lane in self.lanes.items() if partition in mine]

    def end(self, partition: TopicPartition) -> int:
        """Where its log ends for us, as far as the broker has told: before the first transaction that is still open."""
        return self.last_stable_offset(partition) or 0

    def joined(self) -> bool:
        """Whether the group has given out its partitions, be it none of them to us."""
        subscription = self._subscription.subscription
        return subscription is not None and subscription.assignment is not None

    def broken(self) -> bool:
        """Whether one of aiokafka's own tasks has ended: nothing will come any more, and it has to be made anew."""
        if self._fetcher is None or self._coordinator is None:
            return False
        return bool(self._fetcher.error_future.done() or self._coordinator._coordination_task.done())  # noqa: SLF001 - no public sign

    async def stop(self) -> None:
        """Leave the group."""
        work = [self._placing, *(lane.work for lane in self.lanes.values())]
        running = [task for task in work if task is not None and not task.done()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await super().stop()

    def _given_out(self, at_most: int) -> dict[TopicPartition, list[InboundRecord]]:
        found: dict[TopicPartition, list[InboundRecord]] = {}
        room = ROOM
        for lane in [each for each in self.placed() if not each.busy()]:
            if at_most <= 0 or room <= 0:
                break
            partition = lane.partition
            records, lane.mended = lane.mended, []
            records = records or self._drained(lane, at_most, room)
            if records:
                found[partition] = records
                at_most -= len(records)
                room -= sum([each.size for each in records])
                self.lanes[partition] = self.lanes.pop(partition)  # the others come first the next time
        self._let_go()
        return found

    def _let_go(self) -> None:
        """Of what lies here unpacked and read in part so much is kept, what was read last; the rest comes again."""
        room = _KEPT_UNPACKED
        for lane in reversed(list(self.lanes.values())):
            room -= lane.unpacked
            if room < 0 and lane.unpacked:
                self._fetch_on(lane)

    def _drained(self, lane: Lane, at_most: int, room: int) -> list[InboundRecord]:
        """Records that lie here already, in order; at a hole or a trouble it ends, and the partition is mended."""
        fetched = self._fetcher._records.get(lane.partition)  # noqa: SLF001 - there is no public way to one partition's
        if fetched is None:
            self._look_behind(lane)
            return []
        found: list[InboundRecord] = []
        try:
            if not isinstance(fetched, FetchResult):
                fetched.check_raise()
            self._read_on(lane, fetched, found, (at_most, room))
        except Exception as trouble:  # noqa: BLE001 - whatever it is, it is this partition's
            self._fetch_on(lane)
            self._mend(lane, trouble)
        return found

    def _read_on(self, lane: Lane, fetched: FetchResult, found: list[InboundRecord], limits: tuple[int, int]) -> None:
        """Add records to what was found, up to so many and so many bytes."""
        at_most, room = limits
        if not fetched.check_assignment(lane.partition):  # it was fetched from another offset than is due now
            self._fetch_on(lane)
            return
        end, records = self.end(lane.partition), fetched._partition_records  # noqa: SLF001 - as its getone does
        unpacking.last_size = 0
        try:
            for record in records:
                if record.offset != lane.due and not lane.knows(record.offset):
                    lane.note_holes([record.offset, *_offsets(records)])
                    raise HoleError
                found.append(lane.inbound(record, end))
                at_most, room = at_most - 1, room - found[-1].size
                if at_most <= 0:
                    lane.unpacked = unpacking.last_size or lane.unpacked
                    return
                if room <= 0:
                    break  # fetched once more: what is left of a large batch is not kept unpacked
        finally:
            fetched._update_position()  # noqa: SLF001 - the same
        self._fetch_on(lane)

    def _look_behind(self, lane: Lane) -> None:
        """What the log leaves out at its end, such as a transaction's marker, is passed once it was seen twice."""
        state = self._subscription.subscription.assignment.state_value(lane.partition)
        position = state.position if state.has_valid_position else lane.due
        if position > lane.due and lane.knows(position):
            self._mend(lane, BehindError(position))
        elif position > lane.due:
            lane.note_holes([position])
            self._mend(lane, HoleError())

    def _fetch_on(self, lane: Lane) -> None:
        """Let aiokafka's fetcher ask for more of a partition."""
        lane.unpacked = 0
        self._fetcher._records.pop(lane.partition, None)  # noqa: SLF001 - as its own getmany does
        self._fetcher._notify(self._fetcher._wait_consume_future)  # noqa: SLF001 - the same

    def _mend(self, lane: Lane, trouble: Exception) -> None:
        name = f"mend {lane.partition.topic} {lane.partition.partition}"
        lane.work = asyncio.create_task(self._mending.mend(lane, trouble), name=name)

    def _look_after_partitions(self) -> None:
        """Place what is new; look now and then whether a topic was made anew."""
        idle = self._placing is None or self._placing.done()
        if self._subscription.reassignment_in_progress:
            return  # what `assignment` tells now may be another's already
        if idle and monotonic() >= self._place_at and self.assignment():
            self._place_at = monotonic() + (_PLACE_AGAIN if self.unplaced() else _IDS_EVERY)
            self._placing = asyncio.create_task(self._place(), name="place partitions")
        elif idle and self.unplaced() and self._place_at - monotonic() > _PLACE_AGAIN:
            self._place_at = 0.0

    async def _place(self) -> None:
        try:
            known = await self._ids({each.topic for each in self.assignment()})
            for partition, lane in list(self.lanes.items()):
                if known.get(partition.topic, lane.topic_id) != lane.topic_id:
                    _LOG.warning("topic_made_anew", topic=partition.topic)
                    self.lanes.pop(partition).stop_work()
        except Exception as trouble:  # noqa: BLE001 - tried again; readiness and `doctor` tell of it
            say_away(_LOG, "topics_not_described", trouble)
            return
        for partition in self.unplaced():
            if topic_id := known.get(partition.topic):
                await self._begin(partition, topic_id)

    async def _begin(self, partition: TopicPartition, topic_id: str) -> None:
        try:
            due = await self._ledger.due(partition.topic, topic_id, partition.partition, self._clock())
            if partition in self.assignment():
                self.seek(partition, due)
                self.lanes[partition] = Lane(partition, topic_id, due, placed_at=due)
        except Exception as trouble:  # noqa: BLE001 - the same, and no other partition's
            say_away(_LOG, "not_placed", trouble)

    async def _something_comes(self, within: float) -> None:
        waiter = self._fetcher._create_fetch_waiter()  # noqa: SLF001 - there is no public way to wait for any partition
        try:
            self._coordinator.check_errors()
            await asyncio.wait_for(waiter, within)
        except TimeoutError:
            return
        except KafkaError as trouble:  # the group's, such as a right that we lack
            waiter.cancel()
            say_away(_LOG, "group_trouble", trouble)
            await asyncio.sleep(1)


class _Placed(ConsumerRebalanceListener):  # type: ignore[misc]
    """Forgets all partitions when the group begins to give them out again, and once more when it has.

    They are placed by the next look after partitions.
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
    """Offsets of the next records that lie here, as far as they can be decoded."""
    found: list[int] = []
    with suppress(Exception):  # it is met again when it is due
        found.extend(each.offset for each in islice(records, AT_MOST))
    return found
