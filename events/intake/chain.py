"""From records to rows, step by step.

InboundRecord (as it came) → Prepared (read, with the digests that find person and case) → IntakeWrites (to be written).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from events.contract.words import IntakeOutcome
from events.intake.apply import apply, keep_to_mend, refuse, repeat
from events.intake.at_door import keep_repeat
from events.intake.batch import IntakeBatch
from events.intake.context import IntakeContext
from events.intake.judgement import AtDoor, Enter, Join, Restrict, Wait
from events.intake.loading import load
from events.intake.news import of_open_case, of_surviving_case
from events.intake.prepared import Ignored, OursToMend, Prepared, ReadRecord, Refused
from events.intake.triage import judge, not_allowed
from events.intake.weekly import WeekAnswered, answered, close_tasks, parts_of
from events.intake.writes import Taken, store
from events.readers import MOVES_NOTHING, InboundRecord
from handoff.store.intake import facts, offsets, restores
from handoff.store.intake.offsets import Lane, Move


async def take_from_topics(conn: AsyncConnection, records: Sequence[ReadRecord], context: IntakeContext) -> list[Taken]:
    """Take records from topics in this transaction, and move the offsets due. Skips records that were taken before.

    Raises:
        NotOwnerError: another process has moved one of the partitions.
    """
    again = await offsets.advance(conn, moves([read.record for read in records]), context.now)
    before = await _taken_before(conn, records, again)
    new = [read for read in records if read.record.spot not in before]
    taken = iter(await take_all(conn, new, context))
    return [Taken(IntakeOutcome.RESENT) if read.record.spot in before else next(taken) for read in records]


async def take_all(
    conn: AsyncConnection, records: Sequence[ReadRecord], context: IntakeContext, parked_id: int | None = None
) -> list[Taken]:
    """Take records one after the other in this transaction. `parked_id`: the parked record that they come from."""
    making_again, waited_for = False, frozenset[str]()
    if any(isinstance(record, Prepared) and record.fact.subject for record in records):  # answers
        making_again, waited_for = await restores.making_again(conn, parked_id)
    read = [
        record
        if record.record.topic
        and (making_again or record.record.institution in waited_for)  # a week's word waits whole
        else await answered(conn, record, context)
        for record in records
    ]
    prepared = [part for record in read for part in parts_of(record) if isinstance(part, Prepared)]
    knowledge = await load(conn, context.vault, prepared)
    knowledge.making_again, knowledge.waited_for = making_again, waited_for
    batch = IntakeBatch(context, knowledge)
    taken = [_take_parts(record, batch) for record in read]
    await store(conn, batch.writes, context)
    await close_tasks(conn, [record for record in read if isinstance(record, WeekAnswered)], context)
    return taken


def _take_parts(record: ReadRecord | WeekAnswered, batch: IntakeBatch) -> Taken:
    taken = [take(part, batch) for part in parts_of(record)]
    entered = next((result for result in taken if result.outcome == IntakeOutcome.ENTERED), None)
    return entered or (taken[0] if taken else Taken(IntakeOutcome.RESENT))


def take(record: ReadRecord, batch: IntakeBatch) -> Taken:
    """Decide about one record, and carry that out. Nothing is written yet."""
    match record:
        case OursToMend():
            return keep_to_mend(record, batch)
        case Refused():
            return refuse(record, batch)
        case Ignored():
            return Taken(IntakeOutcome.IGNORED, reason=record.why)
        case Prepared():
            return _take_fact(record, batch)


def _take_fact(prepared: Prepared, batch: IntakeBatch) -> Taken:
    """May its sender send it? Is it a resend? Which person, municipality, case? Then carry out the judgement."""
    if why := not_allowed(prepared, batch.context.profile):
        return refuse(Refused(prepared.record, why), batch)
    seen = batch.known.hashes(prepared)
    if prepared.told_before(seen):
        return Taken(IntakeOutcome.RESENT)
    same = list(map(prepared.same_content, seen))
    prepared = of_surviving_case(prepared, batch.known)
    prepared = of_open_case(replace(prepared, id_reused=not all(same), repeats=any(same)), batch.known)
    judgement = judge(prepared, batch.known, batch.context)
    if prepared.repeats and isinstance(judgement, Restrict):
        judgement = judgement.rest
    if prepared.repeats and isinstance(judgement, Join | Enter):
        taken = repeat(prepared, judgement.case, batch)
    elif prepared.repeats and isinstance(judgement, AtDoor):
        taken = keep_repeat(prepared, judgement.place, batch)
    elif prepared.repeats and not isinstance(judgement, Wait):
        return Taken(IntakeOutcome.RESENT)  # a person has it already, or its case has closed
    else:
        taken = apply(judgement, prepared, batch)
    if taken.outcome not in (IntakeOutcome.REJECTED, IntakeOutcome.IGNORED):
        seen.add(prepared.row.content_hash)
    return taken


def moves(records: Sequence[InboundRecord]) -> list[Move]:
    """How far these records move the offset due of each partition. They have to be in order."""
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
    """Places of records that were taken before. Only partitions that are read again can have any."""
    return await facts.taken_at(conn, [read.record.spot for read in records if read.record.lane in again])
