"""What is packed is read whatever the codec, and stops before it takes the memory: C extension included."""

import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable

import aiokafka.codec as theirs
import cramjam
import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c, encode_varint

from events.kafka_format import unpacking
from events.kafka_format.batch import batches
from events.kafka_format.unpacking import LARGEST_BATCH, MOST_HEADERS, BatchTooLargeError

CODECS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
MEBIBYTE = b"\0" * (1024 * 1024)
GIBIBYTE = 1024  # of these
# Reads one batch from standard input with aiokafka and says what came of it, and the most memory it ever took, in kB.
READ = """
import sys
from aiokafka.record.memory_records import MemoryRecords
from events.kafka_format.unpacking import limit_unpacking, BatchTooLargeError
limit_unpacking()
try:
    print(len(list(MemoryRecords(sys.stdin.buffer.read()).next_batch())))
except BatchTooLargeError:
    print("too large")
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""

# Unpacks as much of something as is allowed, by what aiokafka was given for it, and says how much CPU that took.
TAKES = """
import sys, time
import aiokafka.codec as theirs
import aiokafka.record._crecords.default_records as module
from events.kafka_format.unpacking import LARGEST_BATCH, limit_unpacking
limit_unpacking()
unit = bytes.fromhex(sys.argv[1])
payload = theirs.lz4_encode(unit * (LARGEST_BATCH // len(unit)))
began = time.process_time()
module.lz4_decode(payload)
print(time.process_time() - began)
"""


def packed(codec: str) -> bytes:
    """A gibibyte, packed a mebibyte at a time: nobody holds it."""
    if codec == "gzip":
        press = zlib.compressobj(wbits=31)
        return b"".join(press.compress(MEBIBYTE) for _ in range(GIBIBYTE)) + press.flush()
    if codec == "snappy":
        block = bytes(cramjam.snappy.compress_raw(b"\0" * 32768))
        return theirs.snappy_encode(b"")[:16] + (struct.pack("!i", len(block)) + block) * (32 * GIBIBYTE)
    compressor = getattr(cramjam, codec).Compressor()
    parts = []
    for _ in range(GIBIBYTE):
        compressor.compress(MEBIBYTE)
        parts.append(bytes(compressor.flush()))
    return b"".join(parts) + bytes(compressor.finish())


def batch(codec: str, payload: bytes) -> bytes:
    """A batch as it would lie on Kafka."""
    head = struct.pack(">hiqqqhii", CODECS[codec], 0, 0, 0, -1, -1, -1, 1)
    return struct.pack(">qiibI", 0, len(head) + len(payload) + 9, 0, 2, 0) + head + payload


def record(headers: int) -> bytes:
    """A record without a value, with so many empty headers."""
    body = b"\0\0\0\x01\x01" + encoded(headers) + b"\0\x01" * headers
    return encoded(len(body)) + body


def encoded(number: int) -> bytes:
    """A varint, as Kafka writes them."""
    found = bytearray()
    encode_varint(number, found.append)
    return bytes(found)


def read(raw: bytes, extensions: str) -> tuple[str, int]:
    """What aiokafka makes of a batch, in a process of its own, and the most memory that this took, in MB."""
    env = {**os.environ, "AIOKAFKA_NO_EXTENSIONS": extensions}
    ran = subprocess.run([sys.executable, "-c", READ], input=raw, stdout=subprocess.PIPE, env=env, check=True)
    said, peak = ran.stdout.decode().split("\n")[:2]
    return said, int(peak) // 1024


@pytest.mark.parametrize("extensions", ["", "1"])
@pytest.mark.parametrize("codec", CODECS)
def test_a_gibibyte_is_refused_before_it_takes_the_memory(codec: str, extensions: str) -> None:
    said, peak = read(batch(codec, packed(codec)), extensions)
    assert said == "too large"
    assert peak < 400, f"{peak} MB"


@pytest.mark.parametrize("extensions", ["", "1"])
@pytest.mark.parametrize("codec", CODECS)
def test_a_record_of_thirty_million_headers_is_refused_before_it_takes_the_memory(codec: str, extensions: str) -> None:
    payload = record(30_000_000)
    said, peak = read(batch(codec, getattr(theirs, f"{codec}_encode")(payload)), extensions)
    assert said == "too large"
    assert peak < 400, f"{peak} MB"


@pytest.mark.parametrize("headers", [0, 1, MOST_HEADERS])
def test_a_record_of_fewer_headers_is_read(headers: int) -> None:
    assert read(batch("lz4", theirs.lz4_encode(record(headers))), "")[0] == "1"


@pytest.mark.parametrize(
    "unit", [b"\0", b"\x01", b"\x80", b"\x0c\0\0\0\x01\x01\0"], ids=["empty", "negative", "endless", "tiny"]
)
def test_sixty_four_mebibytes_of_anything_are_told_apart_soon(unit: bytes) -> None:
    ran = subprocess.run([sys.executable, "-c", TAKES, unit.hex()], stdout=subprocess.PIPE, check=True, timeout=50)
    assert float(ran.stdout) < 15


def test_our_own_reading_counts_headers_too() -> None:
    raw = bytearray(batch("gzip", theirs.gzip_encode(record(MOST_HEADERS + 1))))
    raw[17:21] = calc_crc32c(memoryview(bytes(raw))[21:]).to_bytes(4, "big")
    with pytest.raises(BatchTooLargeError):
        list(next(batches(bytes(raw))).records())


def test_gzip_of_too_many_members_is_given_up() -> None:
    with pytest.raises(zlib.error, match="too many members"):
        unpacking.gzip_decode(theirs.gzip_encode(b"") * 50_000)


@pytest.mark.parametrize("size", [0, 1, 40_000, 3_000_000])
@pytest.mark.parametrize("codec", CODECS)
def test_what_is_packed_is_what_comes_out(codec: str, size: int) -> None:
    content = os.urandom(size // 2) + b"\0" * (size - size // 2)
    encode: Callable[[bytes], bytes] = getattr(theirs, f"{codec}_encode")
    assert getattr(unpacking, f"{codec}_decode")(encode(content)) == content


def test_gzip_of_several_members_and_snappy_without_blocks_are_read() -> None:
    assert unpacking.gzip_decode(theirs.gzip_encode(b"one") + theirs.gzip_encode(b"two")) == b"onetwo"
    assert unpacking.snappy_decode(theirs.snappy_encode(b"plain", xerial_compatible=False)) == b"plain"


@pytest.mark.parametrize("codec", CODECS)
def test_a_batch_of_just_the_limit_is_read_and_a_byte_more_is_not(codec: str) -> None:
    encode, decode = getattr(theirs, f"{codec}_encode"), getattr(unpacking, f"{codec}_decode")
    assert len(decode(encode(b"\0" * LARGEST_BATCH))) == LARGEST_BATCH
    with pytest.raises(BatchTooLargeError):
        decode(encode(b"\0" * (LARGEST_BATCH + 1)))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("damage", [b"", b"garbage", b"\xff" * 40])
def test_what_is_damaged_raises_and_is_not_taken_for_too_large(codec: str, damage: bytes) -> None:
    whole = getattr(theirs, f"{codec}_encode")(os.urandom(5000))
    with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever the codec raises
        getattr(unpacking, f"{codec}_decode")(whole[:2500] + damage)
    assert not isinstance(raised.value, BatchTooLargeError)


@pytest.mark.parametrize("codec", [0, *CODECS.values()])
def test_our_own_reading_of_a_batch_is_aiokafkas(codec: int) -> None:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=codec,
        is_transactional=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=10**6,
    )
    sent = [(b"one", [("name", b"held"), ("none", None)]), (None, []), (b"x" * 10_000, [("", b"")])]
    for offset, (value, headers) in enumerate(sent):
        builder.append(offset, timestamp=1_700_000_000_000 + offset, key=b"k", value=value, headers=headers)
    raw = bytes(builder.build())
    [found] = batches(raw + raw[:40])  # the next one is cut off
    assert (found.first, found.last, found.count, found.sent_at_ms) == (0, 2, 3, 1_700_000_000_002)
    assert [(each.value, list(each.headers)) for each in found.records()] == sent
    with pytest.raises(Exception):  # noqa: B017, PT011 - a byte that is another is noticed
        list(next(batches(raw[:-3] + bytes([raw[-3] ^ 1]) + raw[-2:])).records())
