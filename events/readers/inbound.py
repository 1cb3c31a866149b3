"""One record as it came: its bytes, and its place on Kafka."""

from collections.abc import Sequence
from dataclasses import dataclass

INCOMING = "handoff.from."  # followed by the institution's code: its topic
MOVES_NOTHING = -1  # as `due`: the record is not being read from its topic, and moves no offset


@dataclass(frozen=True)
class Cut:
    """What is kept of a record that is too large, besides its first bytes.

    Attributes:
        size: of the whole record, in bytes.
        digest: SHA-256 of the whole value.
        place: where it exceeds the limit, as its sender is told.
    """

    size: int
    digest: bytes
    place: str


@dataclass(frozen=True)
class Unread:
    """A range of records that cannot be decoded. It begins at the inbound record's offset.

    Attributes:
        last: offset of the last record.
        records: how many there are.
        too_large: True: they unpack to more than the limit, and the sender is told. False: the fault is probably ours.
        error: name of the exception that the decoder raised.
    """

    last: int
    records: int
    too_large: bool
    error: str


@dataclass(slots=True)  # not frozen: that would cost a microsecond for each record
class InboundRecord:
    """A record and its place on Kafka. A record without a topic was typed in, or only has to be read.

    Attributes:
        institution: the owner of the topic, who is its sender.
        value: its bytes, or the first bytes of a record that is too large.
        headers: names and values. A name that is not UTF-8 has its bytes as surrogates.
        due: the offset due before it; less than `offset` behind a hole in the log.
        index: the fact's number within the record, from 0.
        end: the end of the partition's log, as last reported.
        size: bytes that it takes in memory, about.
        unread: None: this is one record. Otherwise the value is a whole batch in Kafka's format.
        cut: None: the record is whole.
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
        """The partition, within which the order counts: topic id and number."""
        return self.topic_id, self.partition

    @property
    def next(self) -> int:
        """The offset due after it."""
        return (self.unread.last if self.unread else self.offset) + 1

    @property
    def spot(self) -> tuple[str, int, int, int]:
        """Topic id, partition, offset and index, which identify one fact."""
        return self.topic_id, self.partition, self.offset, self.index

    @property
    def place(self) -> str:
        """Its place as text, for keys."""
        return f"{self.topic}:{self.topic_id}:{self.partition}:{self.offset}:{self.index}"
