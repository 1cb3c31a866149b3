"""One partition as intake reads it: the offset due, holes in its log, and records that mending has read."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from time import monotonic
from typing import Protocol

from aiokafka import TopicPartition

from events.readers import HEADERS, INCOMING, LARGEST, TOO_FAR, TOO_MANY, Cut, InboundRecord
from handoff.store.intake.offsets import Lane as Name

ROOM = 16 * 1024 * 1024  # bytes of records returned at once; the last record may exceed it
AT_MOST = 800  # records returned at once
HEADERS_AT_MOST = 10_000  # headers; a record with more is too large
KEPT = 4096  # bytes that are kept of a record that is too large
_HEADER_KEPT, _HEADERS_KEPT = 1024, 20  # bytes of a header's value, and headers, kept of such a record
_A_HEADER = 100  # bytes that an empty header takes in memory, about


class Raw(Protocol):
    """A record as aiokafka, or `events.kafka_format.batch`, decoded it."""

    @property
    def offset(self) -> int:
        """Its offset in the partition."""

    @property
    def value(self) -> bytes | None:
        """Its value, as sent."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """Its headers' names and values."""


@dataclass
class Lane:
    """One partition.

    Attributes:
        due: the offset to be returned next. PostgreSQL follows once the records before it are durable.
        placed_at: the offset that was due when the partition was placed.
        rests_until: monotonic moment until which none of its records are returned.
        work: the task that mends it, while the other partitions go on.
        mended: records that the mending has read, to be returned next.
        beginning: the log's first offset when the broker was last asked about a hole; -1: not asked since.
        holes: holes seen once: the offset that was expected, and the offset that came instead.
        tries: how often mending failed in a row.
        unpacked: bytes of a batch that is unpacked in memory and read in part.
    """

    partition: TopicPartition
    topic_id: str
    due: int
    placed_at: int = 0
    rests_until: float = 0.0
    work: asyncio.Task[None] | None = None
    mended: list[InboundRecord] = field(default_factory=list)
    beginning: int = -1
    holes: set[tuple[int, int]] = field(default_factory=set)
    tries: int = 0
    unpacked: int = 0

    @property
    def name(self) -> Name:
        """Topic id and partition, as the store names it."""
        return self.topic_id, self.partition.partition

    @property
    def institution(self) -> str:
        """Code of the institution that owns the topic."""
        topic: str = self.partition.topic
        return topic.removeprefix(INCOMING)

    def busy(self) -> bool:
        """Whether it is being mended, or waits after a failure."""
        return (self.work is not None and not self.work.done()) or self.rests_until > monotonic()

    def stop_work(self) -> None:
        """Stop mending: the offset due has changed."""
        if self.work is not None and self.work is not asyncio.current_task():
            self.work.cancel()

    def knows(self, offset: int) -> bool:
        """Whether the hole from the offset due to this one was seen before, in a log that begins before it."""
        return offset == self.due or (0 <= self.beginning <= self.due and (self.due, offset) in self.holes)

    def note_holes(self, offsets: Sequence[int]) -> None:
        """Note the holes between the offset due and these offsets, which follow each other."""
        expected, self.beginning = self.due, -1
        self.holes.clear()
        for offset in offsets:
            if offset > expected:
                self.holes.add((expected, offset))
            expected = offset + 1

    def inbound(self, raw: Raw, end: int) -> InboundRecord:
        """Make the record that intake takes, and move the offset due behind it. `end`: where the log ends."""
        place = (self.partition.topic, self.partition.partition, raw.offset, self.topic_id, self.due)
        self.due = raw.offset + 1
        value, headers = raw.value, raw.headers
        heads = sum([len(name) + len(held or b"") for name, held in headers])
        if len(headers) <= HEADERS_AT_MOST and heads <= LARGEST and (value is None or len(value) <= LARGEST):
            size = len(value or b"") + heads + _A_HEADER * len(headers)
            return InboundRecord(self.institution, value, headers, *place, 0, end, size)
        kept, cut = _cut(value, headers, heads)
        return InboundRecord(self.institution, (value or b"")[:KEPT], kept, *place, 0, end, KEPT, cut=cut)


def _cut(
    value: bytes | None, headers: Sequence[tuple[str, bytes | None]], heads: int
) -> tuple[Sequence[tuple[str, bytes | None]], Cut]:
    """The headers and the digest that are kept of a record that is too large."""
    kept = [header for header in headers if header[0].lower() in HEADERS and len(header[1] or b"") <= _HEADER_KEPT]
    place = TOO_FAR if value and len(value) > LARGEST else TOO_MANY
    whole = Cut(len(value or b"") + heads, sha256(value or b"").digest(), place)
    return tuple(kept[-_HEADERS_KEPT:]), whole
