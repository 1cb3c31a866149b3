"""Finds the messages in one record: a batch (HL7 v2 2.10.3), messages one after the other, or MLLP frames."""

import re
from itertools import islice

from events.contract.codes import Code
from events.readers.refusal import RecordRefusedError

MOST_MESSAGES = 1000  # in one record
BEFORE_TEXT = b"\xef\xbb\xbf\x0b\x1c\x00\xc2\x85 \t\r\n"  # byte-order mark, MLLP frame, NEL, blanks
BATCH = (b"FHS", b"BHS", b"BTS", b"FTS")  # header and trailer of a file and of a batch
EMPTY = "This is an HL7 batch without a message: no segment MSH follows its header."
TOO_MANY = f"The record holds more than {MOST_MESSAGES} messages."
SEVERAL = "The record holds more than one message."
_MOST_HEADS = 4 * MOST_MESSAGES
# The first segment of a message, or a header or trailer of a batch, behind a line end, a frame or a byte-order mark.
_HEAD = re.compile(
    rb"(?:[\r\n\x0b\x1c\x85]|\xef\xbb\xbf)[ \t\x00\x0b]*(MSH(?=[^A-Za-z0-9\s])|[FB][HT]S(?![A-Za-z0-9]))"
)
_NEL = re.compile(rb"\xc2?\x85(?=[A-Z][A-Z0-9]{2}[^A-Za-z0-9\s]|[\s\x00\x1a\x1c]*\Z)")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def first_letters(value: bytes) -> bytes:
    """The first three letters behind byte-order mark, frame and blanks. UTF-16 is read without its zero bytes."""
    start = value[:64]
    if start.startswith(_UTF_16):
        start = start[2:].replace(b"\0", b"")
    return start.lstrip(BEFORE_TEXT)[:3]


def is_message(value: bytes) -> bool:
    """Whether the bytes are those of HL7 v2 messages or of a batch."""
    return (letters := first_letters(value)) == b"MSH" or letters in BATCH


def messages(value: bytes) -> list[bytes]:
    """The messages in the bytes of a record, as sent, without what frames them. A single message is returned as it is.

    Raises:
        RecordRefusedError: they are more than `MOST_MESSAGES`.
    """
    letters = first_letters(value)
    if value.startswith(_UTF_16):
        text = value.decode("utf-16", "replace").encode()
        return [message.decode().encode("utf-16") for message in _split(text)] if text.count(b"MSH") > 1 else [value]
    if letters == b"MSH" and value.find(b"MSH", value.find(b"MSH") + 3) < 0:
        return [value]
    if letters == b"MSH":
        return _split(value) or [value]
    return _split(value) if letters in BATCH else [value]


def only_message(value: bytes) -> bytes:
    """The message of a record that holds exactly one.

    Raises:
        RecordRefusedError: it holds none, or several.
    """
    found = messages(value)
    if len(found) > 1:
        raise RecordRefusedError(Code.UNREADABLE, SEVERAL, "MSH")
    if not found:
        raise RecordRefusedError(Code.UNREADABLE, EMPTY, first_letters(value).decode())
    return found[0]


def with_line_ends(value: bytes) -> bytes:
    """The bytes of a message with CR behind each segment, if it has only NEL (U+0085, or 0x85), as mainframes write."""
    if b"\x85" not in value or re.search(rb"[\r\n]", value.strip(BEFORE_TEXT + b"\x1a")):
        return value
    return _NEL.sub(b"\r", value)


def _split(value: bytes) -> list[bytes]:
    text = b"\r" + value
    heads = list(islice(_HEAD.finditer(text), _MOST_HEADS + 1))
    ends = [head.start() + (text[head.start()] != BEFORE_TEXT[0]) for head in heads[1:]]
    begins_and_ends = zip(heads, [*ends, len(text)], strict=False)
    found = [text[head.start(1) : end] for head, end in begins_and_ends if head[1] == b"MSH"]
    if len(found) > MOST_MESSAGES or len(heads) > _MOST_HEADS:
        raise RecordRefusedError(Code.TOO_LARGE, TOO_MANY, f"message {MOST_MESSAGES + 1}")
    return found
