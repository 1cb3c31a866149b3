"""Takes what the feed gave out: nothing is skipped, and a probe of the store says whose fault a failure is."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

import structlog
from aiokafka import TopicPartition

from events.consumer.feed import Feed
from events.intake.inbox import Inbox
from events.intake.ledger import Ledger
from events.intake.prepared import ReadRecord
from events.readers import InboundRecord
from handoff.store.engine import error_name, lock_timed_out
from handoff.store.intake.offsets import NotOwnerError, PartitionHold

_LOG = structlog.get_logger("intake")
AT_ONCE = 200  # records in one transaction
_LONGEST_PAUSE = 5.0  # seconds between probes while the store does not let us write
_SAY_EVERY = 60.0  # seconds
_TRIES = 3  # after so many, with a store that works, the fault is ours
_SHORTEST_HOLD, _LONGEST_HOLD = 0.5, 30.0  # seconds
LOCKED, FAILING = "locked", "failing"  # why a partition is held


@dataclass
class Held:
    """A record at which its partition is held: nothing behind it is taken.

    Attributes:
        tries: how often it failed while the store worked.
        faults: how often of these nobody's lock was the reason.
    """

    offset: int
    tries: int = 0
    faults: int = 0


@dataclass
class Taker:
    """Has the inbox take records, whatever goes wrong.

    Attributes:
        clock: the wall clock, aware.
        feed: what gives a partition's records out again.
        holds_since: monotonic moment since when the store does not let us write; None: it does.
        held: partitions that are held, and at what.
        taken: the offset that is due of each partition, as far as is durable.
    """

    inbox: Inbox
    ledger: Ledger
    clock: Callable[[], datetime]
    feed: Callable[[], Feed | None] = lambda: None
    holds_since: float | None = None
    held: dict[TopicPartition, Held] = field(default_factory=dict)
    taken: dict[TopicPartition, int] = field(default_factory=dict)
    _skipped: set[TopicPartition] = field(default_factory=set)  # nothing more of them in this batch
    _said_at: float = -_SAY_EVERY

    async def take(self, records: Sequence[InboundRecord]) -> None:
        """Take a batch; what was not taken when this returns is given out again."""
        self._skipped.clear()
        try:
            held = [each for each in records if self._is_held(each)] if self.held else []
            for each in held:
                await self._alone(each)
            await self._take_in_turn([each for each in records if each not in held] if held else list(records))
        except Exception as trouble:  # noqa: BLE001 - a mistake of ours in here: FastStream would say nothing
            _LOG.exception("batch_failed", error=error_name(trouble))
            self._give_up(records, NotOwnerError({each.lane for each in records}))

    async def _take_in_turn(self, records: list[InboundRecord]) -> None:
        """Take them in transactions, one after the other; while one is written, the records of the next are read."""
        writing: asyncio.Task[None] | None = None
        try:
            for begin in range(0, len(records), AT_ONCE):
                part = records[begin : begin + AT_ONCE]
                read = await self._read_ahead(part)
                if writing:
                    await writing
                writing = asyncio.create_task(self._take(part, read))
            if writing:
                await writing
        finally:
            if writing:
                writing.cancel()

    async def _read_ahead(self, records: list[InboundRecord]) -> list[ReadRecord] | None:
        try:
            return await self.inbox.read(records, self.clock())
        except Exception:  # noqa: BLE001 - the record at fault is found when they are taken
            return None

    async def _take(self, records: list[InboundRecord], read: list[ReadRecord] | None) -> None:
        """Take them in one transaction; if that fails though the store works, one by one."""
        while True:
            wanted = [each for each in records if _partition(each) not in self._skipped] if self._skipped else records
            if not wanted:
                return None
            ahead, read = (read if len(wanted) == len(records) else None), None
            try:
                await self.inbox.take(wanted, self.clock(), ahead)
            except NotOwnerError as lost:
                self._give_up(wanted, lost)
            except Exception as trouble:  # noqa: BLE001 - a probe says whose fault it is, no list of errors
                if not await self._waited_for_store(trouble):
                    return await self._one_by_one(wanted)
            else:
                return self._note(wanted)

    async def _one_by_one(self, records: list[InboundRecord]) -> None:
        """Each partition's records by themselves, in order, up to the one that fails."""
        for each in records:
            if _partition(each) not in self._skipped:
                await self._alone(each)

    async def _alone(self, record: InboundRecord) -> None:
        """Take one record; if it fails though the store works, its partition is held at it."""
        while True:
            try:
                await self.inbox.take([record], self.clock())
            except NotOwnerError as lost:
                return self._give_up([record], lost)
            except Exception as trouble:  # noqa: BLE001 - the same
                if not await self._waited_for_store(trouble):
                    return await self._hold(record, trouble)
            else:
                return self._note([record])

    async def _hold(self, record: InboundRecord, trouble: Exception) -> None:
        """Hold the partition for a while; a record that failed three times by itself is parked as ours to mend."""
        where, locked = _partition(record), lock_timed_out(trouble)
        held = self.held.get(where)
        if held is None or held.offset != record.offset:  # another record: its failures are its own
            held = self.held[where] = Held(record.offset)
        held.tries, held.faults = held.tries + 1, held.faults + (not locked)
        if held.faults >= _TRIES and await self._kept_to_mend(record, trouble):
            return
        self._skipped.add(where)
        pause = min(_LONGEST_HOLD, _SHORTEST_HOLD * 2 ** (held.tries - 1))
        if feed := self.feed():
            feed.go_back(where, record.due, pause)
        why = LOCKED if locked else FAILING
        _LOG.warning("partition_held", topic=record.topic, offset=record.offset, why=why, error=error_name(trouble))
        with suppress(Exception):  # it only tells `doctor`
            await self.ledger.hold(PartitionHold(record.lane, record.offset, why, record.end), self.clock())

    async def _kept_to_mend(self, record: InboundRecord, trouble: Exception) -> bool:
        """Park it as ours to mend; False: that failed too, so the partition is held further, and no other waits."""
        try:
            await self.inbox.keep_to_mend(record, error_name(trouble), self.clock())
        except NotOwnerError as lost:
            self._give_up([record], lost)
        except Exception as again:  # noqa: BLE001 - the same
            _LOG.error("not_parked", topic=record.topic, offset=record.offset, error=error_name(again))
            return False
        else:
            _LOG.error("parked_ours", topic=record.topic, offset=record.offset, error=error_name(trouble))
            self._note([record])
        return True

    async def _waited_for_store(self, trouble: Exception) -> bool:
        """Wait until intake can write again; False: it can all the time, so the trouble is not the store's."""
        pause, waited = 0.1, False
        while True:
            try:
                await self.ledger.probe(self.clock())
            except Exception as refusal:  # noqa: BLE001 - whatever it is, nothing can be written now
                self.holds_since, waited = self.holds_since or monotonic(), True
                self._say_store_refuses(trouble, refusal)
            else:
                self.holds_since = None
                return waited
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)

    def _say_store_refuses(self, trouble: Exception, refusal: Exception) -> None:
        if monotonic() - self._said_at >= _SAY_EVERY:
            self._said_at = monotonic()
            _LOG.warning("store_away", error=error_name(trouble), probe=error_name(refusal))

    def _note(self, records: Sequence[InboundRecord]) -> None:
        """They are durable."""
        for each in {each.lane: each for each in records}.values():  # the last of each partition
            self.taken[_partition(each)] = each.next
            self.held.pop(_partition(each), None)

    def _is_held(self, record: InboundRecord) -> bool:
        held = self.held.get(_partition(record))
        return held is not None and held.offset == record.offset

    def _give_up(self, records: Sequence[InboundRecord], lost: NotOwnerError) -> None:
        """Somebody else has moved these partitions: what is left of them is theirs, or comes again."""
        for where in {_partition(each) for each in records if each.lane in lost.lanes}:
            _LOG.warning("partition_given_up", topic=where.topic)
            self._skipped.add(where)
            self.held.pop(where, None)
            if feed := self.feed():
                feed.give_up(where)


def _partition(record: InboundRecord) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)
