"""One record as it came: its bytes, and its place on Kafka."""

from collections.abc import Sequence
from dataclasses import dataclass

INCOMING = "handoff.from."  # an institution's topic is this and its code
MOVES_NOTHING = -1  # the offset due of a record that is not read from its topic now


@dataclass(frozen=True)
class Cut:
    """What is kept of a record that is too large, beside its first bytes: its size in bytes, its SHA-256, and where."""

    size: int
    digest: bytes
    place: str


@dataclass(frozen=True)
class Unread:
    """Records that no decoder reads, from the inbound record's offset on.

    Attributes:
        last: offset of the last one.
        records: how many.
        too_large: they unpack to more than we take: the sender is told. Otherwise the fault is taken to be ours.
        error: name of what the decoder raised.
    """

    last: int
    records: int
    too_large: bool
    error: str


@dataclass(slots=True)  # not frozen: that costs a microsecond for each record
class InboundRecord:
    """A record and its place on Kafka. A record without a topic was typed in, or only has to be read.

    Attributes:
        institution: the topic's owner: whose words these are.
        value: its bytes; of a record that is too large, only the first.
        headers: names and values; a name that is not UTF-8 holds its bytes as surrogates.
        due: the offset that was due before it; less than `offset` where the log has a hole of its own.
        index: its place within the record, from 0.
        end: where the partition's log ended, as far as is known.
        size: bytes that it takes in memory, about.
        unread: None: it is one record; else the value is a whole batch as it lies on Kafka.
        cut: None: it is whole.
    """

    institution: str
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()
    topic: str = ""
    partition: int = 0
    offset: int = 0
    topic_id: str = ""
    due: int = 0
    index: int = 0
    end: int = 0
    size: int = 0
    unread: Unread | None = None
    cut: Cut | None = None

    @property
    def lane(self) -> tuple[str, int]:
        """The partition in which order holds: topic id and number."""
        return self.topic_id, self.partition

    @property
    def next(self) -> int:
        """The offset that is due after it."""
        return (self.unread.last if self.unread else self.offset) + 1

    @property
    def spot(self) -> tuple[str, int, int, int]:
        """Topic id, partition, offset and index: one place is always one fact."""
        return self.topic_id, self.partition, self.offset, self.index

    @property
    def place(self) -> str:
        """Where it stood, as part of a key."""
        return f"{self.topic}:{self.topic_id}:{self.partition}:{self.offset}:{self.index}"
