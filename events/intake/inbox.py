"""Intake of one municipality: a whole batch in one transaction, every notice acknowledged in it, none handled twice."""

import asyncio
from collections.abc import Callable, Sequence
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
from events.readers import InboundRecord
from handoff.fact import Fact
from handoff.profile.model import Profile, asked
from handoff.rules.clocks import span
from handoff.store.engine import error_name, lock_timed_out
from handoff.store.intake import facts, parked, tasks
from handoff.store.intake.parked import Filter, Parked
from handoff.store.queries import monitoring
from handoff.store.vault import Vault
from handoff.vocabulary.states import ParkedState
from handoff.vocabulary.words import LimitName

_LOG = structlog.get_logger("intake")
_ENDED_AT_ONCE = 1000  # parked records
_TRIES = 3  # rounds
_A_TURN = 50  # records after which reading yields to the event loop: some 4 ms


class NotWholeError(Exception):
    """A parked record cannot be tried again: it is too large, so that only its beginning is kept, or it packed."""


class Inbox:
    """Intake for one municipality. Any number of inboxes may work on one database at once."""

    def __init__(
        self, engine: AsyncEngine, vault: Vault, profile: Profile | Callable[[], Profile], build: str = ""
    ) -> None:
        """Args: profile: the municipality's, or what tells it as it is now: institutions join while we run.

        build: this build's id, noted on records that it fails to take.
        """
        self.engine, self.vault, self.build, self._asked = engine, vault, build, asked(profile)
        self._failed: dict[int, int] = {}  # rounds in which a parked record could not be taken, by its number

    def context(self, now: datetime) -> IntakeContext:
        """What all steps of a transaction may look at."""
        return IntakeContext(self.vault, self.profile, now, self.build)

    async def read(self, records: Sequence[InboundRecord], known_at: datetime) -> list[ReadRecord]:
        """Read records ahead of taking them; yields to the event loop every 50 records."""
        context, read = self.context(known_at), list[ReadRecord]()
        for number, record in enumerate(records):
            if number % _A_TURN == 0:
                await asyncio.sleep(0)
            read.append(prepare(record, context))
        return read

    async def take(
        self, records: Sequence[InboundRecord], known_at: datetime, read: Sequence[ReadRecord] | None = None
    ) -> list[Taken]:
        """Take a batch. When this returns, all of it is durable; if it raises, nothing is, and it may come again.

        The offsets due of its partitions move in the same transaction.

        Args:
            records: in the order of their topics.
            known_at: when we got them, aware.
            read: what `read` made of them, if it was asked; good for one attempt.

        Returns:
            What became of each, in the same order.

        Raises:
            NotOwnerError: somebody else has moved one of the partitions.
            Exception: it could not be taken, whoever's fault that is.
        """
        context = self.context(known_at)
        return await self._take(read or [prepare(record, context) for record in records], context)

    async def keep_to_mend(self, record: InboundRecord, error: str, known_at: datetime) -> None:
        """Park a record that we fail to take, as ours to mend; the partition goes on behind it.

        Raises:
            NotOwnerError: somebody else has moved the partition.
            Exception: it could not be parked.
        """
        await self._take([OursToMend(record, error, self.build)], self.context(known_at))

    async def type_in(self, fact: Fact, raw: bytes, known_at: datetime) -> Taken:
        """Take what came by phone or fax and was typed in at the desk; a refusal is the answer, nothing is parked."""
        context = self.context(known_at)
        return (await self._take([prepare_fact(fact, InboundRecord(fact.sender, raw), context)], context))[0]

    async def retry(self, parked_id: int, who: str, now: datetime) -> Taken:
        """Try a parked record again: after the profile was mended, say. Refused again, it stays parked.

        What its sender was told nothing of is told if it turns out to be refused; anything else was told before.

        Raises:
            parked.NoSuchRecordError: nothing is parked under this number.
            parked.SettledError: it is parked no more.
            NotWholeError: only its beginning is kept.
            Exception: we fail to take it still.
        """
        async with self.engine.begin() as conn:
            record = await parked.waiting(conn, self.vault, parked_id)
            if len(record.value) < record.size:
                raise NotWholeError(f"Of record {parked_id} not everything is kept, since it is too large.")
            if record.code == Code.BATCH_TOO_LARGE.value:
                raise NotWholeError(f"Record {parked_id} is a batch that unpacks to too much.")
            context = self.context(now)
            again = [prepare(each, context) for each in unpark(record)]
            taken = await take_all(conn, again, context, parked_id)
            if kept := next((each for each in taken if each.outcome == IntakeOutcome.KEPT), None):
                return kept
            refused = next((each for each in taken if each.outcome == IntakeOutcome.REJECTED), None)
            if refused is None or record.last_offset is not None:
                await _end_parked(conn, parked_id, ParkedState.RETRIED, (who, now))
            elif record.code in parked.UNTOLD:
                await tasks.close_parked(conn, [parked_id], who, now)
                updated = replace(record, code=refused.code, reason=refused.reason)
                await _park_as(conn, updated, parked_id, context)
        return refused or taken[0]

    async def try_again(self, now: datetime) -> int:
        """Try again what another build failed to take, and what a restore had lost; returns how many wait no more."""
        mended = 0
        async with self.engine.connect() as conn:
            ours, awaited = await parked.ours(conn, self.build), await parked.awaited(conn)
        kept: set[str] = set()  # senders: whatever they answered later waits too
        for number in [*ours, *awaited]:
            if awaited.get(number) in kept:
                continue
            try:
                taken = await self.retry(number, f"build {self.build}", now)
            except Exception as fault:  # noqa: BLE001 - it stays ours
                await self._note_failure(number, fault, now)
                continue
            self._failed.pop(number, None)
            if taken.outcome == IntakeOutcome.KEPT:
                kept.add(awaited.get(number, ""))
            else:
                mended += 1
        return mended

    async def _note_failure(self, number: int, fault: Exception, now: datetime) -> None:
        """What fails in three rounds is left to the next build; a lock in the way is no failure."""
        error = error_name(fault)
        _LOG.warning("still_ours", parked=number, error=error)
        self._failed[number] = self._failed.get(number, 0) + (not lock_timed_out(fault))
        if self._failed[number] < _TRIES:
            return
        try:
            await self._leave_to_next_build(number, error, now)
        except Exception as trouble:  # noqa: BLE001 - the next round does it
            _LOG.warning("still_ours", parked=number, error=error_name(trouble))

    async def _leave_to_next_build(self, number: int, error: str, now: datetime) -> None:
        async with self.engine.begin() as conn:
            record = await parked.waiting(conn, self.vault, number)
            if record.code == parked.AWAITED:  # now it is ours to mend, and somebody's task
                mending = replace(record, code=parked.OURS, reason=ours_to_mend(error, self.build))
                await _park_as(conn, mending, number, self.context(now))
                _LOG.error("parked_ours", parked=number, error=error)
            await parked.tried_by(conn, number, self.build)

    async def drop(self, parked_id: int, who: str, now: datetime) -> None:
        """Give a parked record up: its bytes go, and so does its task.

        Raises:
            parked.NoSuchRecordError: nothing is parked under this number.
            parked.SettledError: it is parked no more.
        """
        async with self.engine.begin() as conn:
            await parked.waiting(conn, self.vault, parked_id)
            await _end_parked(conn, parked_id, "dropped", (who, now))

    async def drop_all(self, chosen: Filter, who: str, now: datetime) -> int:
        """Give up all parked records of a sort: their bytes go, and so do their tasks; returns how many."""
        async with self.engine.begin() as conn:
            numbers = await parked.end(conn, chosen, "dropped")
            await tasks.close_parked(conn, numbers, who, now)
        return len(numbers)

    async def end_parked(self, before: datetime, now: datetime) -> int:
        """Delete the bytes of what has been parked since before a moment, some at a time; returns how many.

        What is ours to mend does not end by itself.
        """
        async with self.engine.begin() as conn:
            wanted = Filter(before=before, but=parked.UNTOLD)
            numbers = await parked.end(conn, wanted, ParkedState.EXPIRED, _ENDED_AT_ONCE)
            await tasks.close_parked(conn, numbers, "retention", now)
        return len(numbers)

    async def store_clock(self) -> datetime:
        """PostgreSQL's own clock."""
        async with self.engine.connect() as conn:
            return await monitoring.clock(conn)

    async def forget_early(self, now: datetime) -> int:
        """Delete facts that waited in vain for their case, longer than the profile's limit; returns how many."""
        waits = span(self.profile.limit(LimitName.EARLY_FACT, now).within, self.profile)
        async with self.engine.begin() as conn:
            return await facts.expire_early(conn, now - waits)

    async def _take(self, records: Sequence[ReadRecord], context: IntakeContext) -> list[Taken]:
        async with self.engine.begin() as conn:
            return await take_from_topics(conn, records, context)

    @property
    def profile(self) -> Profile:
        """The municipality's profile as it is now."""
        return self._asked()


async def _end_parked(conn: AsyncConnection, parked_id: int, state: str, by: tuple[str, datetime]) -> None:
    """A record is parked no more, and neither is it a task; `by`: who, and when."""
    await parked.settle(conn, parked_id, state)
    await tasks.close_parked(conn, [parked_id], *by)


async def _park_as(conn: AsyncConnection, record: Parked, number: int, context: IntakeContext) -> None:
    """A parked record has another code and reason now, and with them perhaps a task."""
    await parked.refuse(conn, number, record.code, record.reason)
    task = parked_task(record, number, context)
    await tasks.add(conn, [task] if task else [])
