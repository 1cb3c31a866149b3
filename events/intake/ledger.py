"""Intake's books on its topics in PostgreSQL: offsets due, missing records, partitions that are held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, false, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from events.intake.apply import apply, refuse
from events.intake.batch import IntakeBatch
from events.intake.inbox import Inbox
from events.intake.judgement import Open
from events.intake.loading import load
from events.intake.prepared import Refused, prepare_fact
from events.intake.tasks import missing_task
from events.intake.writes import IntakeWrites, store
from events.readers import InboundRecord
from handoff.fact import Discharge, Fact, Person, Unreadable
from handoff.store import tables
from handoff.store.intake import offsets
from handoff.store.intake.offsets import Gap, Lane, Move, PartitionHold
from handoff.store.outbox import Letter
from handoff.vocabulary.words import EventKind

_PROBE = "probe"  # a sender that is no institution
# Tables and columns that a new case does not touch. `_MAY` selects no row: it only checks existence and rights.
_READ = (tables.checks, tables.plan_lines, tables.referrals, tables.visits)
_CHANGED = (
    tables.cases.c.facts,
    tables.persons.c.identity_sealed,
    tables.facts.c.state,
    tables.tasks.c.closed_at,
    tables.offsets_due.c.next_offset,
)
_MAY = (
    *(select(table).where(false()) for table in _READ),
    *(update(column.table).where(false()).values({column: column}) for column in _CHANGED),
    insert(tables.fact_index).from_select(["fact_id", "digest"], select(tables.fact_index).where(false())),
    delete(tables.fact_index).where(false()),
)


@dataclass(frozen=True)
class Ledger:
    """The books of one inbox. Each method is a transaction of its own."""

    inbox: Inbox

    async def due(self, topic: str, topic_id: str, partition: int, now: datetime) -> int:
        """The offset due. Opens tasks for unread records of deleted topics that had the same name."""
        async with self.inbox.engine.begin() as conn:
            offset = await offsets.due(conn, topic, topic_id, partition)
            for old in await offsets.unread_before(conn, topic, topic_id, partition):
                await self._missing(conn, old, Move(old.topic_id, partition, old.first, old.last + 1), now)
        return offset

    async def missing(self, gap: Gap, move: Move, now: datetime) -> None:
        """Open a task about records that are gone, and move past them, in one transaction.

        Raises:
            NotOwnerError: another process has moved the partition.
        """
        async with self.inbox.engine.begin() as conn:
            await self._missing(conn, gap, move, now)

    async def move(self, moves: Sequence[Move], now: datetime) -> None:
        """Move past holes in the log in which there were never records of ours.

        Raises:
            NotOwnerError: another process has moved the partition.
        """
        async with self.inbox.engine.begin() as conn:
            await offsets.advance(conn, moves, now)

    async def hold(self, held: PartitionHold, now: datetime) -> None:
        """Note that a partition is held, and at which record. `doctor` and metrics report it."""
        async with self.inbox.engine.begin() as conn:
            await offsets.hold(conn, held, now)

    async def release(self, lane: Lane) -> None:
        """Note that a partition is no longer held, although no record was taken."""
        async with self.inbox.engine.begin() as conn:
            await offsets.release(conn, lane)

    async def probe(self, now: datetime) -> None:
        """Write to every table that intake writes to, and roll back.

        Raises:
            Exception: intake cannot write now, for reasons that have nothing to do with a record.
        """
        context = self.inbox.context(now)
        async with self.inbox.engine.connect() as conn:
            await conn.execute(text("SELECT 1"))
            for statement in _MAY:
                await conn.execute(statement)
            await offsets.hold(conn, PartitionHold((_PROBE, 0), 0, _PROBE), now)  # no real partition has this name
            prepared = prepare_fact(_somebody(now), InboundRecord(_PROBE, b""), context)
            batch = IntakeBatch(context, await load(conn, context.vault, [prepared]))
            apply(Open(""), prepared, batch)
            unreadable = InboundRecord(_PROBE, b"", topic=_PROBE, topic_id=now.isoformat())
            refuse(Refused(unreadable, Unreadable(_PROBE, _PROBE)), batch)
            batch.writes.duties.append(missing_task(Gap(_PROBE, now.isoformat(), 0, 0, 0, _PROBE), context))
            batch.writes.letters.append((Letter("", now.isoformat(), _PROBE, _PROBE, now, {}), context.vault.own))
            await store(conn, batch.writes, context)
            await conn.rollback()

    async def _missing(self, conn: AsyncConnection, gap: Gap, move: Move, now: datetime) -> None:
        await offsets.advance(conn, [move], now)
        context = self.inbox.context(now)
        await store(conn, IntakeWrites(duties=[missing_task(gap, context)]), context)


def _somebody(now: datetime) -> Fact:
    """A notice about an invented person."""
    return Fact(
        kind=EventKind.DISCHARGE_NOTIFIED,
        sender=_PROBE,
        message_id=now.isoformat(),
        occurred_at=now,
        reference=now.isoformat(),
        person=Person(name=_PROBE, phone=now.isoformat()),
        discharge=Discharge(discharged_at=now),
    )
