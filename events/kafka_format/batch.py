"""Decodes one batch of records as it is stored on Kafka (message format v2; of older formats the offsets only).

aiokafka decodes batches. This module is for batches that aiokafka cannot decode: it finds the offsets in such a batch,
and reads records whose header names are not UTF-8. Format: Apache Kafka's documentation, section Message Format.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaError, StaleMetadata, for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.util import calc_crc32c, decode_varint

from events.kafka_format import unpacking

_HEADER = struct.Struct(">qiibIhiqqqhii")
_BEFORE_LENGTH, _LENGTH_AT = 12, 8  # a batch's length counts from the byte behind the length
_MAGIC_AT, _V2 = 16, 2
_CHECKED_FROM = 21  # the checksum covers the bytes from here on
_CODECS: dict[int, Any] = {
    0: bytes,
    1: unpacking.gzip_decode,
    2: unpacking.snappy_decode,
    3: unpacking.lz4_decode,
    4: unpacking.zstd_decode,
}
_CODEC_BITS, _TRANSACTIONAL, _CONTROL = 0x07, 0x10, 0x20  # bits of a batch's attributes
_READ_COMMITTED = 1
_FETCHED = 1024 * 1024  # bytes; a broker sends the first batch whole even if it is larger
_WAIT_MS = 500  # how long the broker waits for records


class RawRecord(NamedTuple):
    """A record. Header names that are not UTF-8 keep their bytes as surrogates (`surrogateescape`)."""

    offset: int
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True)
class Batch:
    """A batch.

    Attributes:
        raw: all its bytes, compressed as its sender compressed them.
        first: offset of its first record.
        last: offset of its last record.
        count: number of records, according to its header.
        sent_at_ms: when its newest record was sent, by its sender's clock, in milliseconds since 1970; 0: unknown.
        producer: id of its producer, if it belongs to a transaction.
        marker: whether it only marks the end of a transaction, and holds no record.
        aborted: whether its transaction was aborted, so that its records count as never sent.
    """

    raw: bytes
    first: int
    last: int
    count: int
    sent_at_ms: int
    producer: int | None = None
    marker: bool = False
    aborted: bool = False

    def records(self) -> Iterator[RawRecord]:
        """Its records, one by one. An aborted transaction has none, as in `read_committed`.

        Raises:
            BatchTooLargeError: it unpacks to more than the limit.
            Exception: it cannot be unpacked or decoded.
        """
        if self.marker or self.aborted:
            return
        if self.raw[_MAGIC_AT] != _V2:
            raise CorruptRecordException("a batch of an older format")
        checksum, attributes = _HEADER.unpack_from(self.raw)[4:6]
        if calc_crc32c(memoryview(self.raw)[_CHECKED_FROM:]) != checksum:
            raise CorruptRecordException("the batch's checksum does not fit")
        unpacked = _CODECS[attributes & _CODEC_BITS](self.raw[_HEADER.size :])
        at = 0
        for _ in range(self.count):
            record, at = _record(unpacked, at, self.first)
            yield record


def batches(raw: bytes) -> Iterator[Batch]:
    """The batches of a broker's answer. A last batch that is cut off is left out."""
    at = 0
    while at + _HEADER.size <= len(raw):
        end = at + _BEFORE_LENGTH + int.from_bytes(raw[at + _LENGTH_AT : at + _BEFORE_LENGTH], "big", signed=True)
        if not at + _MAGIC_AT < end <= len(raw):
            return
        yield _batch(raw[at:end])
        at = end


async def fetched(consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int) -> Batch | None:
    """Ask the broker for the batch that holds an offset, or the next batch behind it. None: there is none.

    Raises:
        KafkaError: the broker does not answer, or refuses.
    """
    client = consumer._client  # noqa: SLF001 - aiokafka has no public way to raw batches
    node = client.cluster.leader_for_partition(partition)
    if node is None or node < 0:
        raise StaleMetadata(partition)
    asked = [(partition.topic, [(partition.partition, offset, _FETCHED)])]
    answer = await client.send(node, FetchRequest(_WAIT_MS, 1, _FETCHED, _READ_COMMITTED, asked, rack_id=""))
    for _, parts in answer.topics:
        for _, code, *rest in parts:
            if code:
                refusal: type[KafkaError] = for_code(code)
                raise refusal(partition)
            *_, ended, raw = [
                field for field in rest if not isinstance(field, int)
            ]  # the answer's versions differ in the numbers
            batch = next((candidate for candidate in batches(bytes(raw)) if candidate.last >= offset), None)
            return batch and replace(batch, aborted=_among(batch, ended or []))
    return None


def _among(batch: Batch, aborted: Sequence[tuple[int, int]]) -> bool:
    """Whether a batch belongs to one of these transactions: producer id and first offset of each.

    The broker names transactions that end at or behind the offset asked for, and this is the first batch there. So a
    transaction of the same producer that began before the batch did not end before it.
    """
    return any(producer == batch.producer and first <= batch.first for producer, first in aborted)


def _batch(raw: bytes) -> Batch:
    if raw[_MAGIC_AT] != _V2:
        last = int.from_bytes(raw[:_LENGTH_AT], "big")  # the wrapping message has its last message's offset
        return Batch(raw, last, last, 1, 0)
    base, _, _, _, _, attributes, delta, _, newest, producer, _, _, count = _HEADER.unpack_from(raw)
    part_of = producer if attributes & _TRANSACTIONAL else None
    return Batch(raw, base, base + delta, count, max(newest, 0), part_of, bool(attributes & _CONTROL))


def _record(buffer: bytes, at: int, base: int) -> tuple[RawRecord, int]:
    length, at = _varint(buffer, at)
    end = at + length
    _, at = _varint(buffer, at)  # attributes: none are defined yet
    _, at = _varint(buffer, at)  # its time
    delta, at = _varint(buffer, at)
    _, at = _chunk(buffer, at)  # its key: not used
    value, at = _chunk(buffer, at)
    count, at = _varint(buffer, at)
    if count > unpacking.MOST_HEADERS:
        raise unpacking.BatchTooLargeError
    headers = []
    for _ in range(count):
        name, at = _chunk(buffer, at)
        held, at = _chunk(buffer, at)
        headers.append(((name or b"").decode("utf-8", "surrogateescape"), held))
    if at != end:
        raise CorruptRecordException("a record has another length than its length field says")
    return RawRecord(base + delta, value, tuple(headers)), at


def _chunk(buffer: bytes, at: int) -> tuple[bytes | None, int]:
    """Bytes that follow their length; None for a negative length."""
    length, at = _varint(buffer, at)
    if length < 0:
        return None, at
    if at + length > len(buffer):
        raise CorruptRecordException("a field is longer than its record")
    return bytes(buffer[at : at + length]), at + length


def _varint(buffer: bytes, at: int) -> tuple[int, int]:
    value: tuple[int, int] = decode_varint(buffer, at)
    return value
