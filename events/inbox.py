"""From records to cases: a whole batch in one transaction, every notice acknowledged in it, nothing handled twice."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.batch import batches
from events.contract import Code
from events.outcome import Outcome, Taken, ours_to_mend
from events.readers import Record
from events.reading import MOVES_NOTHING, Arrival, Arrived, OursToMend, Reading, arrived, moves, reading
from events.reception import Reception
from events.register import load
from events.triage import take
from handoff.fact import Fact, Unreadable
from handoff.profile.model import Profile, asked
from handoff.rules.clocks import span
from handoff.store import facts, holds, offsets, parked, restores, vitals
from handoff.store.engine import error_name, lock_timed_out
from handoff.store.parked import Filter, Parked
from handoff.store.vault import Vault

_LOG = structlog.get_logger("intake")
_ENDED_AT_ONCE = 1000  # parked records
_TRIES = 3  # rounds
_A_TURN = 50  # records read before others have a turn: some 4 ms


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

    async def read(self, arrivals: Sequence[Arrival], known_at: datetime) -> list[Arrived]:
        """Read records ahead of taking them; whoever else works in this process has a turn in between."""
        found = []
        for place, arrival in enumerate(arrivals):
            if place % _A_TURN == 0:
                await asyncio.sleep(0)
            found.append(self._read(arrival, known_at))
        return found

    async def take(
        self, arrivals: Sequence[Arrival], known_at: datetime, read: Sequence[Arrived] | None = None
    ) -> list[Taken]:
        """Take a batch: when this returns, all of it is durable; raised out of, none of it is, and it may come again.

        The offsets due of its partitions move in the same transaction.

        Args:
            arrivals: records in the order of their topics.
            known_at: when we got them, aware.
            read: what `read` made of them, if it was asked; good for one attempt.

        Returns:
            What became of each, in the same order.

        Raises:
            NotOwnerError: somebody else has moved one of the partitions.
            Exception: it could not be taken, whoever's fault that is.
        """
        return await self._take(read or [self._read(each, known_at) for each in arrivals], known_at)

    async def keep_to_mend(self, arrival: Arrival, error: str, known_at: datetime) -> None:
        """Park a record that we fail to take, as ours to mend; the partition goes on behind it.

        Raises:
            NotOwnerError: somebody else has moved the partition.
            Exception: it could not be parked.
        """
        await self._take([Arrived(arrival, OursToMend(error, self.build))], known_at)

    async def type_in(self, fact: Fact, raw: bytes, known_at: datetime) -> Taken:
        """Take what came by phone or fax and was typed in at the desk; a refusal is the answer, nothing is parked."""
        arrival = Arrival(Record(fact.sender, raw))
        return (await self._take([Arrived(arrival, reading(fact, raw, self.vault, known_at))], known_at))[0]

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
            taken = await self._write(conn, [self._read(each, now) for each in _again(record)], now, parked_id)
            if kept := next((each for each in taken if each.outcome == "kept"), None):
                return kept
            refused = next((each for each in taken if each.outcome == "rejected"), None)
            if refused is None or record.last_offset is not None:
                await self._settle_parked(conn, parked_id, "retried", who, now)
            elif record.code in parked.UNTOLD:
                await parked.refuse(conn, parked_id, refused.code, refused.reason)
                await holds.close_parked(conn, [parked_id], who, now)
                told = replace(record, code=refused.code, reason=refused.reason)
                task = Outcome(self.vault, self.profile, now).task_of_parked(told, parked_id)
                await holds.add(conn, [task] if task else [])
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
            if taken.outcome == "kept":
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
                await parked.refuse(conn, number, mending.code, mending.reason)
                task = Outcome(self.vault, self.profile, now).task_of_parked(mending, number)
                await holds.add(conn, [task] if task else [])
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
            await self._settle_parked(conn, parked_id, "dropped", who, now)

    async def drop_all(self, wanted: Filter, who: str, now: datetime) -> int:
        """Give up all parked records of a sort: their bytes go, and so do their tasks; returns how many."""
        async with self.engine.begin() as conn:
            numbers = await parked.end(conn, wanted, "dropped")
            await holds.close_parked(conn, numbers, who, now)
        return len(numbers)

    async def end_parked(self, before: datetime, now: datetime) -> int:
        """Delete the bytes of what has been parked since before a moment, some at a time; returns how many.

        What is ours to mend does not end by itself.
        """
        async with self.engine.begin() as conn:
            wanted = Filter(before=before, but=parked.UNTOLD)
            numbers = await parked.end(conn, wanted, "expired", _ENDED_AT_ONCE)
            await holds.close_parked(conn, numbers, "retention", now)
        return len(numbers)

    async def store_clock(self) -> datetime:
        """PostgreSQL's own clock."""
        async with self.engine.connect() as conn:
            return await vitals.clock(conn)

    async def forget_early(self, now: datetime) -> int:
        """Delete facts that waited in vain for their case, longer than the profile's limit; returns how many."""
        waits = span(self.profile.limit("early-fact", now).within, self.profile)
        async with self.engine.begin() as conn:
            return await facts.expire_early(conn, now - waits)

    async def _take(self, records: Sequence[Arrived], known_at: datetime) -> list[Taken]:
        async with self.engine.begin() as conn:
            again = await offsets.advance(conn, moves([each.arrival for each in records]), known_at)
            before = await facts.taken_at(conn, [each.arrival.spot for each in records if each.arrival.lane in again])
            new = [each for each in records if each.arrival.spot not in before]
            taken = iter(await self._write(conn, new, known_at))
        return [Taken("resent") if each.arrival.spot in before else next(taken) for each in records]

    async def _write(
        self, conn: AsyncConnection, records: Sequence[Arrived], known_at: datetime, parked_id: int | None = None
    ) -> list[Taken]:
        """Take records, in this transaction; `parked_id` is the number of one that is tried again."""
        readings = [each.read for each in records if isinstance(each.read, Reading)]
        register = await load(conn, self.vault, readings)
        if any(each.case_id for each in readings):  # answers
            register.making_again, register.waited_for = await restores.making_again(conn, parked_id)
        outcome = Outcome(self.vault, self.profile, known_at)
        reception = Reception(register, outcome)
        taken = [take(each, reception) for each in records]
        await outcome.store(conn, list(register.episodes.values()))
        return taken

    @property
    def profile(self) -> Profile:
        """The municipality's profile as it is now."""
        return self._asked()

    def _read(self, arrival: Arrival, known_at: datetime) -> Arrived:
        sender = self.profile.institution(arrival.record.institution)
        shut_out = sender is not None and not sender.active and arrival.topic  # else a person vouches for it
        if sender is None or shut_out:
            code = Code.SENDER_SUSPENDED if sender and sender.standing == "suspended" else Code.SENDER_UNKNOWN
            return Arrived(arrival, Unreadable(code.value, f"{code.cause} {code.cure}", "topic"))
        if arrival.unread and arrival.unread.too_large:
            told = f"{Code.BATCH_TOO_LARGE.cause} {Code.BATCH_TOO_LARGE.cure}"
            where = f"offsets {arrival.offset} to {arrival.unread.last}, {arrival.unread.records} records"
            return Arrived(arrival, Unreadable(Code.BATCH_TOO_LARGE.value, told, where))
        if arrival.unread:
            return Arrived(arrival, OursToMend(arrival.unread.error, self.build))
        return arrived(arrival, self.vault, known_at)

    async def _settle_parked(self, conn: AsyncConnection, parked_id: int, state: str, who: str, now: datetime) -> None:
        await parked.settle(conn, parked_id, state)
        await holds.close_parked(conn, [parked_id], who, now)


def _again(record: Parked) -> list[Arrival]:
    """A parked record, or the records of a parked range, as they came; they move no offset."""
    ours = (record.topic, record.partition, record.offset, record.topic_id, MOVES_NOTHING, record.index_in_record)
    if record.last_offset is None:
        place = ours if record.code in parked.UNTOLD else ("", 0, 0)
        return [Arrival(Record(record.sender, record.value, record.headers), *place)]
    found = next(batches(record.value)).records()
    return [
        Arrival(Record(record.sender, raw.value, raw.headers), *ours[:2], raw.offset, *ours[3:5])
        for raw in found
        if raw.offset >= record.offset
    ]
