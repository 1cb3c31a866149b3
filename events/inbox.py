"""From records to cases: a whole batch in one transaction, every notice acknowledged in it, nothing handled twice."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from events.contract import Code
from events.outcome import Outcome, Taken
from events.readers import WHOLE, Record
from events.reading import Arrival, Arrived, Reading, arrived, reading
from events.reception import Reception
from events.register import load
from events.triage import take
from handoff.fact import Fact, Unreadable
from handoff.profile import Profile, asked
from handoff.rules.clocks import span
from handoff.store import facts, holds, parked
from handoff.store.vault import Vault

_A_TURN = 50  # records read before others have a turn: some 4 ms


class Inbox:
    """Intake for one municipality. Any number of inboxes may work on one database at once."""

    def __init__(self, engine: AsyncEngine, vault: Vault, profile: Profile | Callable[[], Profile]) -> None:
        """Args: profile: the municipality's, or what tells it as it is now: institutions join while we run."""
        self._engine, self._vault, self._asked = engine, vault, asked(profile)

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

        Args:
            arrivals: records in the order of their topics.
            known_at: when we got them, aware.
            read: what `read` made of them, if it was asked; good for one attempt.

        Returns:
            What became of each, in the same order.

        Raises:
            sqlalchemy.exc.SQLAlchemyError, OSError: the store is away; nothing was taken.
        """
        return await self._take(read or [self._read(each, known_at) for each in arrivals], known_at)

    async def park(self, arrival: Arrival, known_at: datetime) -> None:
        """Park a record that brings intake down, whatever the reason, so that no other waits for it."""
        code = Code.UNREADABLE
        told = Unreadable(code.value, f"{code.cause} {code.cure}", WHOLE)
        await self._take([Arrived(arrival, told)], known_at)

    async def type_in(self, fact: Fact, raw: bytes, known_at: datetime) -> Taken:
        """Take what came by phone or fax and was typed in at the desk; a refusal is the answer, nothing is parked."""
        arrival = Arrival(Record(fact.sender, raw))
        return (await self._take([Arrived(arrival, reading(fact, raw, self._vault, known_at))], known_at))[0]

    async def retry(self, parked_id: int, who: str, now: datetime) -> Taken:
        """Try a parked record again: after the profile was mended, say. Refused again, it stays parked.

        Raises:
            parked.NoSuchRecordError: nothing is parked under this number.
        """
        async with self._engine.begin() as conn:
            record = await parked.read(conn, self._vault, parked_id)
        arrival = Arrival(Record(record.sender, record.value, record.headers), "", 0, 0)
        taken = (await self._take([self._read(arrival, now)], now))[0]
        if taken.outcome != "rejected":
            await self._settle_parked(parked_id, "retried", who, now)
        return taken

    async def drop(self, parked_id: int, who: str, now: datetime) -> None:
        """Give a parked record up: its bytes go, and so does its task.

        Raises:
            parked.NoSuchRecordError: nothing is parked under this number.
        """
        async with self._engine.begin() as conn:
            await parked.read(conn, self._vault, parked_id)
        await self._settle_parked(parked_id, "dropped", who, now)

    async def forget_early(self, now: datetime) -> int:
        """Delete facts that waited in vain for their case, longer than the profile's limit; returns how many."""
        waits = span(self._profile.limit("early-fact", now).within, self._profile)
        async with self._engine.begin() as conn:
            return await facts.expire_early(conn, now - waits)

    async def _take(self, records: Sequence[Arrived], known_at: datetime) -> list[Taken]:
        readings = [each.read for each in records if isinstance(each.read, Reading)]
        async with self._engine.begin() as conn:
            register = await load(conn, self._vault, readings)
            outcome = Outcome(self._vault, self._profile, known_at)
            reception = Reception(register, outcome)
            taken = [take(each, reception) for each in records]
            await outcome.store(conn, list(register.episodes.values()))
        return taken

    @property
    def _profile(self) -> Profile:
        return self._asked()

    def _read(self, arrival: Arrival, known_at: datetime) -> Arrived:
        if self._profile.institution(arrival.record.institution) is None:
            told = f"{Code.SENDER_UNKNOWN.cause} {Code.SENDER_UNKNOWN.cure}"
            return Arrived(arrival, Unreadable(Code.SENDER_UNKNOWN.value, told, "topic"))
        return arrived(arrival, self._vault, known_at)

    async def _settle_parked(self, parked_id: int, state: str, who: str, now: datetime) -> None:
        async with self._engine.begin() as conn:
            await parked.settle(conn, parked_id, state)
            await holds.close_about(conn, holds.NOT_YET_HANDLED, str(parked_id), who, now)
