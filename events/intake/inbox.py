"""Intake of one municipality. A batch is taken in one transaction, with its acknowledgements, and only once."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.contract.codes import Code
from events.contract.words import IntakeOutcome
from events.intake.chain import take_all, take_from_topics
from events.intake.context import IntakeContext
from events.intake.parking import ours_to_mend, unpark
from events.intake.prepared import OursToMend, ReadRecord, prepare, prepare_fact
from events.intake.tasks import parked_task
from events.intake.writes import Taken
from events.readers import InboundRecord, messages
from handoff.fact import Fact
from handoff.profile.model import Profile, asked
from handoff.rules.clocks import span
from handoff.store.engine import error_name, lock_timed_out
from handoff.store.intake import apart, facts, parked, tasks
from handoff.store.intake.parked import Filter, Parked
from handoff.store.queries import monitoring
from handoff.store.vault import Vault
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.states import ParkedState

_LOG = structlog.get_logger("intake")
_ENDED_AT_ONCE = 1000  # parked records
_TRIES = 3  # rounds after which a parked record is left to the next build
_A_TURN = 50  # messages after which reading yields to the event loop: some 4 ms


class NotWholeError(Exception):
    """A parked record cannot be tried again: it, or the batch, is too large."""


class Inbox:
    """Intake for one municipality. Any number of inboxes may work on one database at once."""

    def __init__(
        self, engine: AsyncEngine, vault: Vault, profile: Profile | Callable[[], Profile], build: str = ""
    ) -> None:
        """Args: profile: the municipality's profile, or a function that returns the current one.

        build: this build's id. It is noted on records that this build fails to take.
        """
        self.engine, self.vault, self.build, self._asked = engine, vault, build, asked(profile)
        self._failed: dict[int, int] = {}  # number of a parked record: in how many rounds it failed

    def context(self, now: datetime) -> IntakeContext:
        """What all steps of a transaction may use."""
        return IntakeContext(self.vault, self.profile, now, self.build)

    async def read(self, records: Sequence[InboundRecord], known_at: datetime) -> list[ReadRecord]:
        """Read the messages of records before taking them. Yields to the event loop every 50 messages."""
        context, read = self.context(known_at), list[ReadRecord]()
        for message in _messages(records):
            if len(read) % _A_TURN == 0:
                await asyncio.sleep(0)
            read.append(prepare(message, context))
        return read

    async def take(
        self, records: Sequence[InboundRecord], known_at: datetime, read: Sequence[ReadRecord] | None = None
    ) -> list[Taken]:
        """Take a batch, and move the offsets due of its partitions, in one transaction.

        When this returns, the whole batch is durable. If it raises, none of it is, and the batch may come again.

        Args:
            records: in the order of each topic.
            known_at: when we received them, aware.
            read: what `read` returned for them, if it was called. Good for one attempt.

        Returns:
            The result for each message of each record, in the same order. Most records are one message.

        Raises:
            NotOwnerError: another process has moved one of the partitions.
            Exception: the batch could not be taken, because of the store or of a record.
        """
        context = self.context(known_at)
        return await self._take(read or [prepare(message, context) for message in _messages(records)], context)

    async def keep_to_mend(self, record: InboundRecord, error: str, known_at: datetime) -> None:
        """Park a record that we fail to take, as ours to mend. The partition goes on behind it.

        Raises:
            NotOwnerError: another process has moved the partition.
            Exception: the record could not be parked.
        """
        await self._take([OursToMend(record, error, self.build)], self.context(known_at))

    async def type_in(self, fact: Fact, raw: bytes, known_at: datetime) -> Taken:
        """Take a notice that came by phone or fax and was typed in. If it is refused, it is not parked."""
        context = self.context(known_at)
        return (await self._take([prepare_fact(fact, InboundRecord(fact.sender, raw), context)], context))[0]

    async def retry(self, parked_id: int, who: str, now: datetime) -> Taken:
        """Try a parked record again, for example after the profile was mended. If it is refused again, it stays parked.

        If it is refused and its sender does not know of it yet, the sender gets a letter.

        Raises:
            parked.NoSuchRecordError: no record has this number.
            parked.SettledError: the record is no longer parked.
            NotWholeError: the record is too large to be tried again.
            Exception: we still fail to take it. A fault of a reader's own is not raised: the result is `kept`.
        """
        async with self.engine.begin() as conn:
            record = await parked.waiting(conn, self.vault, parked_id)
            if len(record.value) < record.size:
                raise NotWholeError(f"Record {parked_id} is too large: only its beginning is kept.")
            if record.code == Code.BATCH_TOO_LARGE.value:
                raise NotWholeError(f"Record {parked_id} is a batch that is too large when it is unpacked.")
            context = self.context(now)
            again = [prepare(message, context) for message in _messages(unpark(record))]
            parts = len(again) > 1 and bool(again[0].record.topic)  # each is parked on its own if it is not taken
            fault = next((read for read in again if isinstance(read, OursToMend)), None)
            if fault and not parts:
                await _leave_to_next_build(conn, record, fault.error, context)
                return Taken(IntakeOutcome.KEPT, code=parked.OURS, reason=ours_to_mend(fault.error, self.build))
            taken = await take_all(conn, again, context, parked_id)
            if kept := next((result for result in taken if result.code == parked.AWAITED), None):
                return kept
            refused = next((result for result in taken if result.outcome == IntakeOutcome.REJECTED), None)
            if refused is None or parts or record.last_offset is not None:
                await _end_parked(conn, parked_id, ParkedState.RETRIED, (who, now))
            elif record.code in parked.UNTOLD:
                await tasks.close_parked(conn, [parked_id], who, now)
                updated = replace(record, code=refused.code, reason=refused.reason)
                await _park_as(conn, updated, parked_id, context)
        return refused or taken[0]

    async def try_again(self, now: datetime) -> int:
        """Try parked records again that another build failed to take, or that wait for what a restore lost.

        Returns:
            How many no longer wait.
        """
        mended = 0
        async with self.engine.connect() as conn:
            ours, awaited = await parked.ours(conn, self.build), await parked.awaited(conn)
        kept: set[str] = set()  # senders whose later answers have to wait too
        for number in [*ours, *awaited]:
            if awaited.get(number) in kept:
                continue
            try:
                taken = await self.retry(number, f"build {self.build}", now)
            except Exception as fault:  # noqa: BLE001 - after any error it stays parked
                await self._note_failure(number, fault, now)
                continue
            self._failed.pop(number, None)
            if taken.outcome == IntakeOutcome.KEPT:
                kept.add(awaited.get(number, ""))
            else:
                mended += 1
        return mended

    async def _note_failure(self, number: int, fault: Exception, now: datetime) -> None:
        """Count a failure. After three rounds a record is left to the next build. Waiting for a lock does not count."""
        error = error_name(fault)
        _LOG.warning("still_ours", parked=number, error=error)
        self._failed[number] = self._failed.get(number, 0) + (not lock_timed_out(fault))
        if self._failed[number] < _TRIES:
            return
        try:
            async with self.engine.begin() as conn:
                record = await parked.waiting(conn, self.vault, number)
                await _leave_to_next_build(conn, record, error, self.context(now))
        except Exception as trouble:  # noqa: BLE001 - the next round tries it again
            _LOG.warning("still_ours", parked=number, error=error_name(trouble))

    async def drop(self, parked_id: int, who: str, now: datetime) -> None:
        """Drop a parked record: delete its bytes, and close its task.

        Raises:
            parked.NoSuchRecordError: no record has this number.
            parked.SettledError: the record is no longer parked.
        """
        async with self.engine.begin() as conn:
            await parked.waiting(conn, self.vault, parked_id)
            await _end_parked(conn, parked_id, "dropped", (who, now))

    async def drop_all(self, chosen: Filter, who: str, now: datetime) -> int:
        """Drop all parked records that a filter selects: delete their bytes, close their tasks. Returns how many."""
        async with self.engine.begin() as conn:
            numbers = await parked.end(conn, chosen, "dropped")
            await tasks.close_parked(conn, numbers, who, now)
        return len(numbers)

    async def end_parked(self, before: datetime, now: datetime) -> int:
        """Delete the bytes of records that were parked before a moment, at most 1000 at a time. Returns how many.

        Records that are ours to mend, and answers that wait for what a restore lost, are kept.
        """
        async with self.engine.begin() as conn:
            expired = Filter(before=before, but=parked.UNTOLD)
            numbers = await parked.end(conn, expired, ParkedState.EXPIRED, _ENDED_AT_ONCE)
            await tasks.close_parked(conn, numbers, "retention", now)
        return len(numbers)

    async def store_clock(self) -> datetime:
        """The current moment by PostgreSQL's clock."""
        async with self.engine.connect() as conn:
            return await monitoring.clock(conn)

    async def forget_early(self, now: datetime) -> int:
        """Delete early facts that have waited for their case longer than the profile's limit. Returns how many."""
        waits = span(self.profile.limit(LimitName.EARLY_FACT, now).within, self.profile)
        async with self.engine.begin() as conn:
            await apart.forget(conn)
            return await facts.expire_early(conn, now - waits)

    async def _take(self, records: Sequence[ReadRecord], context: IntakeContext) -> list[Taken]:
        async with self.engine.begin() as conn:
            return await take_from_topics(conn, records, context)

    @property
    def profile(self) -> Profile:
        """The municipality's current profile."""
        return self._asked()


def _messages(records: Iterable[InboundRecord]) -> Iterator[InboundRecord]:
    return (message for record in records for message in messages(record))


async def _leave_to_next_build(conn: AsyncConnection, record: Parked, error: str, context: IntakeContext) -> None:
    """Leave a parked record to the next build. If it waited for what a restore lost, it is now ours, with a task."""
    if record.code == parked.AWAITED:
        mending = replace(record, code=parked.OURS, reason=ours_to_mend(error, context.build))
        await _park_as(conn, mending, record.parked_id, context)
        _LOG.error("parked_ours", parked=record.parked_id, error=error)
    await parked.tried_by(conn, record.parked_id, context.build)


async def _end_parked(conn: AsyncConnection, parked_id: int, state: str, by: tuple[str, datetime]) -> None:
    """End a parked record in this state, and close its task. `by`: who, and when."""
    await parked.settle(conn, parked_id, state)
    await tasks.close_parked(conn, [parked_id], *by)


async def _park_as(conn: AsyncConnection, record: Parked, number: int, context: IntakeContext) -> None:
    """Give a parked record another code and reason, and open the task that belongs to them, if any."""
    await parked.refuse(conn, number, record.code, record.reason)
    task = parked_task(record, number, context)
    await tasks.add(conn, [task] if task else [])
