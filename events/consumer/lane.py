"""One partition as intake reads it: which offset is due, what its log leaves out by itself, what was mended of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from time import monotonic
from typing import Protocol

from aiokafka import TopicPartition

from events.readers import HEADERS, INCOMING, LARGEST, TOO_FAR, TOO_MANY, Cut, InboundRecord
from handoff.store.intake.offsets import Lane as Name

ROOM = 16 * 1024 * 1024  # bytes of records given out at once, give or take one record
AT_MOST = 800  # records given out at once
HEADERS_AT_MOST = 10_000  # of a record that is not too large
KEPT = 4096  # bytes of a record that is too large
_HEADER_KEPT, _HEADERS_KEPT = 1024, 20  # bytes of a header's value of such a record; and how many headers
_A_HEADER = 100  # bytes that an empty one takes in memory, about


class Raw(Protocol):
    """A record as aiokafka, or `events.kafka_format.batch`, decoded it."""

    @property
    def offset(self) -> int:
        """Where it stands in its partition."""

    @property
    def value(self) -> bytes | None:
        """Its bytes."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """Its headers' names and values."""


@dataclass
class Lane:
    """One partition.

    Attributes:
        due: the offset to be given out next; PostgreSQL follows once that is durable.
        placed_at: the offset that was due when it was placed.
        rests_until: monotonic moment before which nothing of it is given out.
        work: mends it, beside the other partitions.
        mended: what the mending read, to be given out next.
        beginning: where its log began when holes were noted; -1: never noted.
        holes: from the offset that was due to the one that came instead, as seen once.
        tries: how often mending failed in a row.
        unpacked: bytes of a batch that is read in part, and lies here unpacked.
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
        """Topic id and partition."""
        return self.topic_id, self.partition.partition

    @property
    def institution(self) -> str:
        """Whose topic it is."""
        topic: str = self.partition.topic
        return topic.removeprefix(INCOMING)

    def busy(self) -> bool:
        """Whether it is being mended, or rests."""
        return (self.work is not None and not self.work.done()) or self.rests_until > monotonic()

    def stop_work(self) -> None:
        """Mend it no more: what was being read is not what is due next."""
        if self.work is not None and self.work is not asyncio.current_task():
            self.work.cancel()

    def knows(self, offset: int) -> bool:
        """Whether what lies between the offset due and this one was seen to be missing twice, in a log that has it."""
        return offset == self.due or (0 <= self.beginning <= self.due and (self.due, offset) in self.holes)

    def note_holes(self, offsets: Sequence[int]) -> None:
        """Note what is missing before these offsets, from the one that is due."""
        expected, self.beginning = self.due, -1
        self.holes.clear()
        for offset in offsets:
            if offset > expected:
                self.holes.add((expected, offset))
            expected = offset + 1

    def inbound(self, raw: Raw, end: int) -> InboundRecord:
        """A record as intake takes it; the offset due moves behind it."""
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
    """Of a record that is too large a digest and a few headers, so that nobody holds the rest."""
    kept = [each for each in headers if each[0].lower() in HEADERS and len(each[1] or b"") <= _HEADER_KEPT]
    place = TOO_FAR if value and len(value) > LARGEST else TOO_MANY
    whole = Cut(len(value or b"") + heads, sha256(value or b"").digest(), place)
    return tuple(kept[-_HEADERS_KEPT:]), whole
