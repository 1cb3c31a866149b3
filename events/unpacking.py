"""Limits on unpacking: a batch of records that unpacks to more than 64 MiB is refused before it takes the memory.

aiokafka unpacks a whole batch before anybody sees a record of it, and its decoders have no limit: 1 MB on Kafka may
become 1 GB. `limit_unpacking` replaces each decoder that it uses, those of its C extension included.
"""

import zlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import aiokafka.record._crecords.default_records as c_default
import aiokafka.record._crecords.legacy_records as c_legacy
import aiokafka.record.default_records as py_default
import aiokafka.record.legacy_records as py_legacy
import cramjam

LARGEST_BATCH = 64 * 1024 * 1024  # bytes, unpacked
_FIRST_TRY = 256 * 1024  # bytes; most batches unpack to less
_GROWS = 8  # times, from try to try
_GZIP = 31  # zlib's word for a gzip header and 32 kB of history
_XERIAL = b"\x82SNAPPY\x00"  # how Java's snappy streams begin; 16 bytes of header, then blocks behind their length
_XERIAL_HEADER = 16
_LENGTH = 4
_DECODERS = ("gzip_decode", "snappy_decode", "lz4_decode", "zstd_decode")
_MODULES: tuple[ModuleType, ...] = (c_default, c_legacy, py_default, py_legacy)


class BatchTooLargeError(Exception):
    """A batch unpacks to more than `LARGEST_BATCH`."""


def gzip_decode(payload: Any) -> bytes:
    """Unpack gzip, also of several members one behind the other."""
    rest, parts, room = bytes(payload), [], LARGEST_BATCH
    while rest:
        member = zlib.decompressobj(_GZIP)
        parts.append(member.decompress(rest, room + 1))
        room -= len(parts[-1])
        if room < 0:
            raise BatchTooLargeError
        if not member.eof:
            raise zlib.error("the gzip stream is cut short")
        rest = member.unused_data
    return b"".join(parts)


def snappy_decode(payload: Any) -> bytes:
    """Unpack snappy: one raw block, or the blocks of Java's stream."""
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
    """Have aiokafka unpack with these; again is harmless."""
    for module in _MODULES:
        for name in _DECODERS:
            if hasattr(module, name):
                setattr(module, name, globals()[name])


def _raw_snappy(block: memoryview, room: int) -> bytes:
    size = cramjam.snappy.decompress_raw_len(block)
    if size > room:
        raise BatchTooLargeError
    return bytes(cramjam.snappy.decompress_raw(block, output_len=size))


def _into(decompress_into: Callable[[Any, Any], int], payload: Any) -> bytes:
    """Unpack into room of a fixed size, larger from try to try: the formats do not say how much it will be."""
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
