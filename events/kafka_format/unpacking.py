"""Limits on unpacking: refuses a batch of records before it takes too much memory.

aiokafka unpacks a whole batch at once, and its decoders have no limit: 1 MB on Kafka may become 1 GB.
`limit_unpacking` replaces every decoder that aiokafka uses, also in its C extension. A header takes two bytes in a
batch and a hundred in memory. So headers are counted too, in batches that are large enough to hold too many.
"""

import zlib
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

import aiokafka.record._crecords.default_records as c_default
import aiokafka.record._crecords.legacy_records as c_legacy
import aiokafka.record.default_records as py_default
import aiokafka.record.legacy_records as py_legacy
import cramjam
from aiokafka.record.util import decode_varint

LARGEST_BATCH = 64 * 1024 * 1024  # bytes, unpacked
MOST_HEADERS = 100_000  # in one record; from 10,000 on, `events.consumer.lane` refuses the record alone
_HEADER_BYTES, _SHORTEST = 2, 6  # bytes of an empty header, and of an empty record behind its length
_MEMBERS = 1000  # gzip members in one batch; each costs a pass over the rest
last_size = 0  # bytes of the batch that aiokafka unpacked last
_FIRST_TRY = 256 * 1024  # bytes; most batches unpack to less
_GROWS = 8  # factor from try to try
_GZIP = 31  # zlib's value for a gzip header and a window of 32 kB
_XERIAL = b"\x82SNAPPY\x00"  # Java's snappy streams begin so: a header of 16 bytes, then blocks with their length
_XERIAL_HEADER = 16
_LENGTH = 4
_DECODERS = ("gzip_decode", "snappy_decode", "lz4_decode", "zstd_decode")
_WITH_HEADERS: tuple[ModuleType, ...] = (c_default, py_default)
_WITHOUT: tuple[ModuleType, ...] = (c_legacy, py_legacy)  # message formats before Kafka 0.11


class BatchTooLargeError(Exception):
    """A batch unpacks to more than `LARGEST_BATCH`, or a record of it has more than `MOST_HEADERS` headers."""


def gzip_decode(payload: Any) -> bytes:
    """Unpack gzip, also with several members in a row."""
    rest, parts, room = bytes(payload), [], LARGEST_BATCH
    while rest:
        member = zlib.decompressobj(_GZIP)
        parts.append(member.decompress(rest, room + 1))
        room -= len(parts[-1])
        if room < 0:
            raise BatchTooLargeError
        if not member.eof or len(parts) > _MEMBERS:
            raise zlib.error("the gzip stream is cut short, or has too many members")
        rest = member.unused_data
    return b"".join(parts)


def snappy_decode(payload: Any) -> bytes:
    """Unpack snappy: one raw block, or Java's stream of blocks."""
    view = memoryview(payload).cast("B")
    if bytes(view[: len(_XERIAL)]) != _XERIAL:
        return _raw_snappy(view, LARGEST_BATCH)
    parts, at, room = [], _XERIAL_HEADER, LARGEST_BATCH
    while at < len(view):
        length = int.from_bytes(view[at : at + _LENGTH], "big")
        at += _LENGTH
        parts.append(_raw_snappy(view[at : at + length], room))
        room -= len(parts[-1])
        at += length
    return b"".join(parts)


def lz4_decode(payload: Any) -> bytes:
    """Unpack an LZ4 frame."""
    return _into(cramjam.lz4.decompress_into, payload)


def zstd_decode(payload: Any) -> bytes:
    """Unpack Zstandard."""
    return _into(cramjam.zstd.decompress_into, payload)


def limit_unpacking() -> None:
    """Make aiokafka unpack with these decoders. Repeating it is harmless."""
    for name in _DECODERS:
        for module in _WITHOUT:
            setattr(module, name, globals()[name])
        for module in _WITH_HEADERS:
            setattr(module, name, _few_headers(globals()[name]))


def _few_headers(decode: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    """A decoder that also refuses batches with too many headers."""

    def decoded(payload: Any) -> bytes:
        global last_size  # noqa: PLW0603 - aiokafka passes on nothing but the bytes
        unpacked = decode(payload)
        last_size = len(unpacked)
        if _too_many_headers(unpacked):
            raise BatchTooLargeError
        return unpacked

    return decoded


def _too_many_headers(records: bytes) -> bool:
    """Whether a record (Kafka's message format v2) has too many headers. Stops at bytes that cannot be decoded."""
    at = 0
    with suppress(Exception):  # the decoder reports what is wrong
        while len(records) - at > _HEADER_BYTES * MOST_HEADERS:
            length, at = decode_varint(records, at)
            if length < _SHORTEST:
                break
            if length > _HEADER_BYTES * MOST_HEADERS and _headers(records, at) > MOST_HEADERS:
                return True
            at += length
    return False


def _headers(records: bytes, at: int) -> int:
    """How many headers a record has. `at`: where it begins, behind its length."""
    at += 1  # attributes
    for _ in range(2):  # its time and its offset
        _, at = decode_varint(records, at)
    for _ in range(2):  # key and value
        size, at = decode_varint(records, at)
        at += max(size, 0)
    count: int = decode_varint(records, at)[0]
    return count


def _raw_snappy(block: memoryview, room: int) -> bytes:
    size = cramjam.snappy.decompress_raw_len(block)
    if size > room:
        raise BatchTooLargeError
    return bytes(cramjam.snappy.decompress_raw(block, output_len=size))


def _into(decompress_into: Callable[[Any, Any], int], payload: Any) -> bytes:
    """Unpack into a buffer that grows from try to try, because the formats do not tell the size."""
    packed, room = bytes(payload), min(max(_FIRST_TRY, _GROWS * len(payload)), LARGEST_BATCH)
    while True:
        output = bytearray(room)
        try:
            size = decompress_into(packed, output)
        except cramjam.DecompressionError as error:
            if "whole buffer" not in str(error):
                raise
            if room == LARGEST_BATCH:
                raise BatchTooLargeError from None
            room = min(room * _GROWS, LARGEST_BATCH)
        else:
            return bytes(memoryview(output)[:size])
