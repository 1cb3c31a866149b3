"""From records to rows, step by step: the story of a notice.

InboundRecord (as it came) → Prepared (read; who, where, which case) → IntakeWrites (what is to be written).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from events.contract.words import IntakeOutcome
from events.intake.apply import IntakeBatch, apply, keep_to_mend, refuse
from events.intake.context import IntakeContext
from events.intake.known import load
from events.intake.prepared import OursToMend, Prepared, ReadRecord, Refused
from events.intake.triage import judge, not_allowed
from events.intake.writes import Taken, store
from events.readers import MOVES_NOTHING, InboundRecord
from handoff.store.intake import facts, offsets, restores
from handoff.store.intake.offsets import Lane, Move


async def take_from_topics(conn: AsyncConnection, records: Sequence[ReadRecord], context: IntakeContext) -> list[Taken]:
    """Take records of topics, in this transaction: their offsets move, and what was taken at a place stays as it is.

    Raises:
        NotOwnerError: somebody else has moved one of the partitions.
    """
    again = await offsets.advance(conn, moves([read.record for read in records]), context.now)
    before = await _taken_before(conn, records, again)
    new = [read for read in records if read.record.spot not in before]
    taken = iter(await take_all(conn, new, context))
    return [Taken(IntakeOutcome.RESENT) if read.record.spot in before else next(taken) for read in records]


async def take_all(
    conn: AsyncConnection, records: Sequence[ReadRecord], context: IntakeContext, parked_id: int | None = None
) -> list[Taken]:
    """Take records one after the other, in this transaction; `parked_id`: they are a parked one, tried again."""
    prepared = [record for record in records if isinstance(record, Prepared)]
    knowledge = await load(conn, context.vault, prepared)
    if any(record.case_id for record in prepared):  # answers
        knowledge.making_again, knowledge.waited_for = await restores.making_again(conn, parked_id)
    batch = IntakeBatch(context, knowledge)
    taken = [take(record, batch) for record in records]
    await store(conn, batch.writes, context)
    return taken


def take(record: ReadRecord, batch: IntakeBatch) -> Taken:
    """Decide about one record, and do it; nothing is written yet."""
    match record:
        case OursToMend():
            return keep_to_mend(record, batch)
        case Refused():
            return refuse(record, batch)
        case Prepared():
            return _take_fact(record, batch)


def _take_fact(prepared: Prepared, batch: IntakeBatch) -> Taken:
    """May its sender say it? Known before? Whose person, whose municipality, which case? Then its rows."""
    if why := not_allowed(prepared, batch.context.profile):
        return refuse(Refused(prepared.record, why), batch)
    seen = batch.known.hashes(prepared)
    if prepared.row.content_hash in seen:
        return Taken(IntakeOutcome.RESENT)
    prepared = replace(prepared, id_reused=True) if seen else prepared
    judgement = judge(prepared, batch.known, batch.context)
    taken = apply(judgement, prepared, batch)
    if taken.outcome != IntakeOutcome.REJECTED:
        seen.add(prepared.row.content_hash)
    return taken


def moves(records: Sequence[InboundRecord]) -> list[Move]:
    """How far taking these moves each partition; they follow one another."""
    by_lane: dict[Lane, Move] = {}
    for record in records:
        if record.topic_id and record.due != MOVES_NOTHING:
            begun = by_lane.get(record.lane)
            due = begun.due if begun else record.due
            by_lane[record.lane] = Move(record.topic_id, record.partition, due, record.next, record.end)
    return list(by_lane.values())


async def _taken_before(
    conn: AsyncConnection, records: Sequence[ReadRecord], again: Collection[Lane]
) -> set[facts.Place]:
    """At which places something was taken before: only partitions that are read again are asked about."""
    return await facts.taken_at(conn, [read.record.spot for read in records if read.record.lane in again])
