"""Records that are not taken, as they are parked; and parked records, as they are tried again."""

from hashlib import sha256

from events.intake.context import IntakeContext
from events.kafka_format.batch import batches
from events.readers import MOVES_NOTHING, InboundRecord
from handoff.fact import Unreadable
from handoff.store.intake import parked
from handoff.store.intake.parked import Parked

LOST = (
    "What it answers, or what its sender answered before, was lost in a restore and is made again: it is tried "
    "again each minute."
)


def park(record: InboundRecord, why: Unreadable, context: IntakeContext, build: str = "") -> Parked:
    """A record as it is parked; `build` failed to take it, if that is ours to mend."""
    value, unread = record.value or b"", record.unread
    return Parked(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        sender=record.institution,
        code=why.code,
        reason=why.reason,
        place=why.place,
        value=value,
        headers=tuple(record.headers),
        parked_at=context.now,
        topic_id=record.topic_id,
        index_in_record=record.index,
        last_offset=unread.last if unread else None,
        records=unread.records if unread else 1,
        size=record.cut.size if record.cut else len(value),
        digest=digest_of(record, context),
        build=build,
    )


def digest_of(record: InboundRecord, context: IntakeContext) -> bytes:
    """Keyed digest of the whole record, also where only its beginning is kept."""
    return context.vault.digest("record", record.cut.digest if record.cut else sha256(record.value or b"").digest())


def ours_to_mend(error: str, build: str) -> str:
    """Why a record is parked that we fail to take."""
    return f"We fail to take it ({error}): build {build} tried, the next one tries again."


def unpark(record: Parked) -> list[InboundRecord]:
    """A parked record, or the records of a parked range, as they came; they move no offset."""
    ours = (record.topic, record.partition, record.offset, record.topic_id, MOVES_NOTHING, record.index_in_record)
    if record.last_offset is None:
        place = ours if record.code in parked.UNTOLD else ("", 0, 0)
        return [InboundRecord(record.sender, record.value, record.headers, *place)]
    return [
        InboundRecord(record.sender, raw.value, raw.headers, *ours[:2], raw.offset, *ours[3:5])
        for raw in next(batches(record.value)).records()
        if raw.offset >= record.offset
    ]
