"""Takes the records of the feed. Skips none; after a failure, a probe shows whether the store is at fault."""

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
_SAY_EVERY = 60.0  # seconds between log lines
_TRIES = 3  # failures of a record, while the store works, after which the fault is ours
_SHORTEST_HOLD, _LONGEST_HOLD = 0.5, 30.0  # seconds for which a partition is held
LOCKED, FAILING = "locked", "failing"  # why a partition is held


@dataclass
class Held:
    """A record at which its partition is held: no record behind it is taken.

    Attributes:
        tries: how often the record failed while the store worked.
        faults: how many of these failures had another reason than a lock.
    """

    offset: int
    tries: int = 0
    faults: int = 0


@dataclass
class Taker:
    """Lets the inbox take records, and handles its failures.

    Attributes:
        clock: the wall clock, aware.
        feed: returns the feed, which is asked to return records again.
        holds_since: monotonic moment since which the store has not let us write; None: it lets us write.
        held: the partitions that are held, each with the record at fault.
        taken: the offset due of each partition, as far as it is durable.
    """

    inbox: Inbox
    ledger: Ledger
    clock: Callable[[], datetime]
    feed: Callable[[], Feed | None] = lambda: None
    holds_since: float | None = None
    held: dict[TopicPartition, Held] = field(default_factory=dict)
    taken: dict[TopicPartition, int] = field(default_factory=dict)
    _skipped: set[TopicPartition] = field(default_factory=set)  # take no more of these in this batch
    _said_at: float = -_SAY_EVERY

    async def take(self, records: Sequence[InboundRecord]) -> None:
        """Take a batch. Records that could not be taken come again later."""
        self._skipped.clear()
        try:
            held = [record for record in records if self._is_held(record)] if self.held else []
            for record in held:
                await self._alone(record)
            await self._take_in_turn([record for record in records if record not in held] if held else list(records))
        except Exception as trouble:  # noqa: BLE001 - our own mistake: FastStream would not log it
            _LOG.exception("batch_failed", error=error_name(trouble))
            self._give_up(records, NotOwnerError({record.lane for record in records}))

    async def _take_in_turn(self, records: list[InboundRecord]) -> None:
        """Take records in transactions, one after the other. While one is written, the next records are read."""
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
        except Exception:  # noqa: BLE001 - taking the records finds the one at fault
            return None

    async def _take(self, records: list[InboundRecord], read: list[ReadRecord] | None) -> None:
        """Take records in one transaction. If that fails although the store works, take them one by one."""
        while True:
            left = (
                [record for record in records if _partition(record) not in self._skipped] if self._skipped else records
            )
            if not left:
                return None
            ahead, read = (read if len(left) == len(records) else None), None
            try:
                await self.inbox.take(left, self.clock(), ahead)
            except NotOwnerError as lost:
                self._give_up(left, lost)
            except Exception as trouble:  # noqa: BLE001 - a probe finds the cause, not a list of errors
                if not await self._waited_for_store(trouble):
                    return await self._one_by_one(left)
            else:
                return self._note(left)

    async def _one_by_one(self, records: list[InboundRecord]) -> None:
        """Take each record in a transaction of its own, in each partition up to the first that fails."""
        for record in records:
            if _partition(record) not in self._skipped:
                await self._alone(record)

    async def _alone(self, record: InboundRecord) -> None:
        """Take one record. If that fails although the store works, hold its partition there."""
        while True:
            try:
                await self.inbox.take([record], self.clock())
            except NotOwnerError as lost:
                return self._give_up([record], lost)
            except Exception as trouble:  # noqa: BLE001 - a probe finds the cause, not a list of errors
                if not await self._waited_for_store(trouble):
                    return await self._hold(record, trouble)
            else:
                return self._note([record])

    async def _hold(self, record: InboundRecord, trouble: Exception) -> None:
        """Hold the partition for a while, or park a record that failed three times for another reason than a lock."""
        where, locked = _partition(record), lock_timed_out(trouble)
        held = self.held.get(where)
        if held is None or held.offset != record.offset:  # another record: start counting
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
        with suppress(Exception):  # only `doctor` needs it
            await self.ledger.hold(PartitionHold(record.lane, record.offset, why, record.end), self.clock())

    async def _kept_to_mend(self, record: InboundRecord, trouble: Exception) -> bool:
        """Park a record as ours to mend. False: that failed too, so the partition stays held."""
        try:
            await self.inbox.keep_to_mend(record, error_name(trouble), self.clock())
        except NotOwnerError as lost:
            self._give_up([record], lost)
        except Exception as again:  # noqa: BLE001 - any failure is logged and tried again
            _LOG.error("not_parked", topic=record.topic, offset=record.offset, error=error_name(again))
            return False
        else:
            _LOG.error("parked_ours", topic=record.topic, offset=record.offset, error=error_name(trouble))
            self._note([record])
        return True

    async def _waited_for_store(self, trouble: Exception) -> bool:
        """Wait until intake can write. False: it could write at once, so the store is not at fault."""
        pause, waited = 0.1, False
        while True:
            try:
                await self.ledger.probe(self.clock())
            except Exception as refusal:  # noqa: BLE001 - after any error nothing can be written now
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
        """Note that these records are durable."""
        for record in {record.lane: record for record in records}.values():  # the last of each partition
            self.taken[_partition(record)] = record.next
            self.held.pop(_partition(record), None)

    def _is_held(self, record: InboundRecord) -> bool:
        held = self.held.get(_partition(record))
        return held is not None and held.offset == record.offset

    def _give_up(self, records: Sequence[InboundRecord], lost: NotOwnerError) -> None:
        """Forget the partitions that another process has moved. Their records come again, here or there."""
        for where in {_partition(record) for record in records if record.lane in lost.lanes}:
            _LOG.warning("partition_given_up", topic=where.topic)
            self._skipped.add(where)
            self.held.pop(where, None)
            if feed := self.feed():
                feed.give_up(where)


def _partition(record: InboundRecord) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)
