"""Turns records that are not taken into parked ones, and parked ones back into records."""

from hashlib import sha256

from events.intake.context import IntakeContext
from events.kafka_format.batch import batches
from events.readers import MOVES_NOTHING, InboundRecord
from handoff.fact import Unreadable
from handoff.store.intake import parked
from handoff.store.intake.parked import Parked

LOST = (
    "A restore lost what it answers, or what an earlier answer of its sender is about. That is being made again, and "
    "this record is tried again each minute."
)


def park(record: InboundRecord, why: Unreadable, context: IntakeContext, build: str = "") -> Parked:
    """The parked form of a record. `build`: the build that failed to take it, if it is ours to mend."""
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
    """Keyed digest of the whole record, even if only its beginning is kept."""
    return context.vault.digest("record", record.cut.digest if record.cut else sha256(record.value or b"").digest())


def ours_to_mend(error: str, build: str) -> str:
    """The reason for parking a record that we fail to take."""
    return f"Build {build} failed to take it ({error}). The next build tries again."


def unpark(record: Parked) -> list[InboundRecord]:
    """The parked record or message, or the records of a parked range, as they came. They move no offset."""
    ours = (record.topic, record.partition, record.offset, record.topic_id, MOVES_NOTHING, record.index_in_record)
    if record.last_offset is None:
        place = ours if record.code in parked.UNTOLD else ("", 0, 0)
        return [InboundRecord(record.sender, record.value, record.headers, *place)]
    return [
        InboundRecord(record.sender, raw.value, raw.headers, *ours[:2], raw.offset, *ours[3:5])
        for raw in next(batches(record.value)).records()
        if raw.offset >= record.offset
    ]
