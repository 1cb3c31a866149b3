"""A record of several HL7 messages: which messages it holds, and what its sender is told if it holds none."""

from codecs import BOM_UTF8
from pathlib import Path

import pytest

from events.readers import InboundRecord, messages, read
from events.readers.hl7v2.frames import MOST_MESSAGES
from handoff.fact import Fact, Unreadable
from tests.events.readers.told import NOW, adt, fact_of, refusal_of

RECORDS = Path(__file__).parent.parent / "records"
MARK = b"\xef\xbb\xbf"
ONE, TWO, THREE = adt(control="1"), adt(control="2", name="박^바다"), adt(control="3", trigger="A13")
FILE, BATCH = b"FHS|^~\\&|HIS|GMH\r", b"BHS|^~\\&|HIS|GMH\r"
ENDS = b"BTS|3\rFTS|1\r"


def framed(message: bytes) -> bytes:
    return b"\x0b" + message + b"\x1c\r"


def sent(value: bytes, *headers: tuple[str, bytes]) -> InboundRecord:
    return InboundRecord("gm-hospital", value, headers)


def in_turn(record: InboundRecord) -> list[tuple[int, str]]:
    """Index and id of each message that is read as a fact."""
    read_as = [(message.index, read(message, NOW)) for message in messages(record)]
    return [(index, fact.message_id) for index, fact in read_as if isinstance(fact, Fact)]


@pytest.mark.parametrize("cut", [b"\r", b"|\r", b"\r\n"])
def test_messages_are_split_though_no_line_end_stands_between_them(cut: bytes) -> None:
    value = ONE.removesuffix(b"\r") + TWO.removesuffix(b"\r") + THREE + cut
    assert in_turn(sent(value)) == [(0, "1"), (1, "2"), (2, "3")]


@pytest.mark.parametrize(
    "value",
    [
        ONE + TWO + THREE,
        FILE + BATCH + ONE + TWO + THREE + ENDS,
        BATCH + ONE + TWO + THREE + b"BTS|3",
        FILE + BATCH + ONE + b"BTS|1\r" + BATCH + TWO + THREE + ENDS,
        MARK + FILE + BATCH + ONE + TWO + THREE + ENDS,
        MARK + ONE + MARK + TWO + MARK + THREE,
        ONE.rstrip() + MARK + TWO.rstrip() + MARK + THREE,
        framed(ONE) + framed(TWO) + framed(THREE),
        framed(ONE.rstrip()) + framed(TWO.rstrip()) + framed(THREE.rstrip()),
        b"\x0b" + FILE + BATCH + ONE + TWO + THREE + ENDS + b"\x1c\r",
        b"\r\n\r\n" + ONE + b"\r\n\r\n  " + TWO + b"\n\t" + THREE,
        ONE + TWO.replace(b"\r", b"\n") + THREE.replace(b"\r", b"\r\n"),
        (ONE + TWO + THREE).rstrip(),
    ],
)
@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\xc2\x85"])
def test_every_message_is_read_under_its_own_index(value: bytes, end: bytes) -> None:
    assert in_turn(sent(value.replace(b"\r", end))) == [(0, "1"), (1, "2"), (2, "3")]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\n\r", b"\r\r\n", b"\xc2\x85", b"\x85", b"\r\xc2\x85"])
@pytest.mark.parametrize("around", [(b"", b""), (MARK, b""), (b"\x0b", b"\x1c\r"), (b"\n\n ", b"\n\n"), (b"", b"\x1a")])
def test_a_message_may_have_any_line_ends(end: bytes, around: tuple[bytes, bytes]) -> None:
    ascii_only = adt(name="HAN^SOMANG^^^^^L", address="30 Cheolsan-ro^^Gwangmyeong^Gyeonggi^14235^KOR^L")
    value = around[0] + ascii_only.replace(b"\r", end) + around[1]
    [only] = messages(sent(value))
    fact = fact_of(only)
    assert (fact.message_id, fact.reference, fact.doubts) == ("C-1", "V-1", ())
    assert fact.discharge is not None
    assert fact.discharge.discharged_at is not None


def test_korean_text_may_have_the_line_ends_of_mainframes() -> None:
    fact = fact_of(sent(adt(name="김^텅^^^^^L").replace(b"\r", b"\xc2\x85")))  # its last byte is that of NEL
    assert fact.person is not None
    assert fact.person.name == "김텅"


@pytest.mark.parametrize(
    "value", [FILE + BATCH + ONE + b"BTS|1\rFTS|1\r", ONE + TWO, b"BHS|^~\\&\r" + ONE + TWO + THREE]
)
@pytest.mark.parametrize("charset", ["utf-16", "utf-16-be"])
def test_a_batch_in_utf_16_is_split_too(value: bytes, charset: str) -> None:
    mark = b"\xfe\xff" if charset == "utf-16-be" else b""
    parts = messages(sent(mark + value.decode().encode(charset)))
    texts = [(part.value or b"").decode("utf-8-sig") for part in parts]
    assert all((part.value or b"").startswith(BOM_UTF8) for part in parts)
    assert texts == [message.decode() for message in (ONE, TWO, THREE) if message in value]


def test_a_batch_of_one_is_that_message() -> None:
    record = sent((RECORDS / "s01-batch-of-one.hl7").read_bytes())
    [only] = messages(record)
    assert (only.index, fact_of(only).message_id) == (0, "INV-0001")
    assert fact_of(record) == fact_of(only)


@pytest.mark.parametrize("ends", [b"BTS|2\rFTS|1\r", b"BTS\rFTS", b"", b"BTS|2"])
def test_a_message_has_the_bytes_that_were_sent_without_those_of_the_batch(ends: bytes) -> None:
    [first, second] = messages(sent(FILE + BATCH + ONE + TWO + ends))
    assert (first.value, second.value) == (ONE, TWO)


def test_a_message_of_a_batch_keeps_place_and_headers() -> None:
    headers = [("content-type", b"application/hl7-v2")]
    record = InboundRecord("gm-hospital", ONE + TWO, headers, "handoff.from.gm-hospital", 3, 41, "t-1", 40, end=50)
    spots = [message.spot for message in messages(record)]
    assert spots == [("t-1", 3, 41, 0), ("t-1", 3, 41, 1)]
    assert {(message.due, message.next, message.end) for message in messages(record)} == {(40, 42, 50)}
    assert all(message.headers == headers for message in messages(record))


@pytest.mark.parametrize(
    "value",
    [
        ONE,
        framed(ONE),
        adt(name="MSH^SOMANG^^^^^L"),
        adt(name="한^MSH|소망"),
        ONE + b"NTE|1||see MSH|^~ of the other\r",
        ONE + b"OBX|1|ED|x||MSH\\F\\^~\\\\.br\\PID\\F\\1\r",
        b'{"note": "MSH|^~\\\\&|\\nMSH|^~\\\\&|"}',
        b'["FHS|", "MSH|"]',
    ],
)
def test_what_is_one_record_stays_as_it_is(value: bytes) -> None:
    record = sent(value)
    [only] = messages(record)
    assert (only.index, (only.value or b"").strip(b"\x0b")) == (0, value.strip(b"\x0b"))


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (FILE + BATCH + b"BTS|0\rFTS|1\r", "FHS"),
        (BATCH + b"BTS|0\r", "BHS"),
        (MARK + FILE, "FHS"),
        (b"\x0b" + BATCH.rstrip() + b"\x1c\r", "BHS"),
        (b"FTS|0\r", "FTS"),
    ],
)
@pytest.mark.parametrize("headers", [(), (("content-type", b"application/hl7-v2"),)])
def test_a_batch_without_a_message_is_told_as_such(
    value: bytes, place: str, headers: tuple[tuple[str, bytes], ...]
) -> None:
    [only] = messages(sent(value, *headers))
    refusal = refusal_of(only)
    assert (refusal.code, refusal.place) == ("unreadable", place)
    assert refusal.reason.startswith("This is an HL7 batch without a message")


def test_a_message_of_a_batch_that_lost_its_first_segment_is_refused_under_its_own_index() -> None:
    broken = ONE.replace(b"MSH|", b"MHS|", 1)
    for value in (BATCH + broken + TWO + b"BTS|2\r", BATCH + TWO + b"BTS|1\r" + BATCH + broken + b"BTS|1\r"):
        parts = messages(sent(value))
        assert [part.index for part in parts] == [0, 1]
        answers = [read(part, NOW) for part in parts]
        assert sorted(answer.code for answer in answers if isinstance(answer, Unreadable)) == ["unreadable"]


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (BATCH + ONE + TWO + b"BTS|3\r", 3),
        (BATCH + ONE + b"BTS|1\r" + BATCH + TWO + b"BTS|2\rFTS|2\r", 3),
        (BATCH + ONE + TWO + b"BTS|02\r", 2),
        (BATCH + ONE + TWO + b"BTS|two\r", 2),
    ],
)
def test_a_trailer_that_counts_other_messages_than_came_is_told(value: bytes, count: int) -> None:
    parts = messages(sent(value))
    assert len(parts) == count
    told = [answer for part in parts if isinstance(answer := read(part, NOW), Unreadable)]
    assert [(answer.place, "BTS-1" in answer.reason) for answer in told] == [("BTS", True)] * (count - 2)


def test_more_messages_than_a_record_may_hold_are_refused_as_one() -> None:
    [only] = messages(sent(b"MSH|^~\\&|\r" * (MOST_MESSAGES + 1)))
    refusal = refusal_of(only)
    assert (refusal.code, refusal.place) == ("too-large", f"message {MOST_MESSAGES + 1}")
    assert str(MOST_MESSAGES) in refusal.reason
    assert len(messages(sent(b"MSH|^~\\&|\r" * MOST_MESSAGES))) == MOST_MESSAGES


def test_a_batch_of_trailers_is_refused() -> None:
    [only] = messages(sent(b"BHS|^~\\&\r" + b"BTS|0\r" * 100_000))
    assert refusal_of(only).code == "too-large"
