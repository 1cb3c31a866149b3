"""Finds the messages in one record: a batch (HL7 v2 2.10.3), messages one after the other, or MLLP frames."""

import re
from itertools import islice

from events.contract.codes import Code
from events.readers.hl7v2.byte_order import UTF_8, unmarked
from events.readers.refusal import RecordRefusedError

MOST_MESSAGES = 1000  # in one record
BEFORE_TEXT = b"\xef\xbb\xbf\x0b\x1c\x00\xc2\x85 \t\r\n"  # byte-order mark, MLLP frame, NEL, blanks
BATCH = (b"FHS", b"BHS", b"BTS", b"FTS")  # header and trailer of a file and of a batch
EMPTY = "This is an HL7 batch without a message: no segment MSH follows its header."
OTHER_COUNT = "The trailer of the batch (BTS-1) counts other messages than came: some may be missing."
TOO_MANY = f"The record holds more than {MOST_MESSAGES} messages."
SEVERAL = "The record holds more than one message."
_BEGINNING = 256  # bytes
_LONG = 10  # digits of no count
_MOST_HEADS = 4 * MOST_MESSAGES
# The first segment of a message, or a header or trailer of a batch, behind a line end, frame, mark or blank. With the
# usual separators it is one anywhere: files without a last line end are put together so.
_GLUED = rb"MSH|^~\&"
_BEHIND = rb"[\r\n\x0b\x1c\x85\xbf \t\x00]"
_HEAD = re.compile(
    rb"MSH(?=[^A-Za-z0-9\s])(?:(?<=%bMSH)|(?=\|\^~\\&))|[FB][HT]S(?![A-Za-z0-9])(?<=%b[FB][HT]S)" % (_BEHIND, _BEHIND)
)
_MARK, _BLANKS, _INDENTED = b"\xef\xbb\xbf", b" \t\x00", 16  # the widest indentation of a first segment
_MOST_NEL = 10_000
_NEL = re.compile(rb"\xc2?\x85(?=[A-Z][A-Z0-9]{2}[^A-Za-z0-9\s]|[\s\x00\x1a\x1c]*\Z)")
_ENDS_BEFORE = b"\r\n\x1c\x85"  # belongs to the message before; a frame's begin or a mark does not


def first_letters(value: bytes) -> bytes:
    """The first three letters behind byte-order mark, frame and blanks, also of UTF-16."""
    return b"MSH" if value.startswith(b"MSH") else unmarked(value[:_BEGINNING])[0][:3]


def is_message(value: bytes) -> bool:
    """Whether the bytes are those of HL7 v2 messages or of a batch."""
    return (letters := first_letters(value)) == b"MSH" or letters in BATCH


def messages(value: bytes) -> list[bytes]:
    """The messages in the bytes of a record, as sent, without what frames them. A single message is returned as it is.

    Messages in UTF-16 become UTF-8, with a mark that says so.

    Raises:
        RecordRefusedError: they are more than `MOST_MESSAGES`.
    """
    if value.startswith(b"MSH") and value.find(b"MSH", 3) < 0:
        return [value]
    letters = first_letters(value)
    text, charset = unmarked(value)
    several = letters in BATCH or text.count(b"MSH") > 1
    if not several:
        return [value]
    mark = _MARK if charset == UTF_8 else b""
    return [mark + message for message in _split(text)] or [value] * (letters == b"MSH")


def only_message(value: bytes) -> bytes:
    """The message of a record that holds exactly one.

    Raises:
        RecordRefusedError: it holds none, or several.
    """
    texts = messages(value)
    if len(texts) > 1:
        raise RecordRefusedError(Code.UNREADABLE, SEVERAL, "MSH")
    if not texts:
        raise RecordRefusedError(Code.UNREADABLE, EMPTY, first_letters(value).decode())
    if texts[0].startswith(b"BTS"):
        raise RecordRefusedError(Code.UNREADABLE, OTHER_COUNT, "BTS")
    return texts[0]


def with_line_ends(value: bytes) -> bytes:
    """The bytes of a message with CR behind each segment, if it has only NEL (U+0085, or 0x85), as mainframes write."""
    if not 0 < value.count(b"\x85") <= _MOST_NEL or re.search(rb"[\r\n]", value.strip(BEFORE_TEXT + b"\x1a")):
        return value
    return _NEL.sub(b"\r", value)


def _split(value: bytes) -> list[bytes]:
    text = b"\r" + value
    heads = [head.start() for head in islice(_HEAD.finditer(text), _MOST_HEADS + 1)]
    begins = [(end, head) for head in heads if (end := _end_before(text, head)) is not None]
    ends = [*(end for end, _ in begins[1:]), len(text)]
    parts = [text[at:end] for (_, at), end in zip(begins, ends, strict=False)]
    texts = _texts(parts)
    if len(texts) > MOST_MESSAGES or len(heads) > _MOST_HEADS:
        raise RecordRefusedError(Code.TOO_LARGE, TOO_MANY, f"message {MOST_MESSAGES + 1}")
    return texts


def _texts(parts: list[bytes]) -> list[bytes]:
    """The messages, also one that lost its first segment, and each trailer that counts other messages than came."""
    texts: list[bytes] = []
    begin = 0  # of the batch
    for part in parts:
        name = part[:3]
        if name == b"BHS":
            begin = len(texts)
        if name == b"MSH" or (name == b"BTS" and _counted(part) not in ("", str(len(texts) - begin))):
            texts.append(part)
        elif behind := _behind(part):
            texts.append(behind)
        if name == b"BTS":
            begin = len(texts)
    return texts


def _behind(part: bytes) -> bytes:
    """What stands behind the header or trailer of a batch."""
    _, *behind = re.split(rb"[\r\n\x85]", part, maxsplit=1)
    return b"".join(behind).strip(BEFORE_TEXT + b"\x1a")


def _counted(trailer: bytes) -> str:
    """The number of messages that the trailer of a batch names (BTS-1); "" if it names none."""
    fields = re.split(rb"[\r\n\x85]", trailer, maxsplit=1)[0].split(trailer[3:4] or b"|")
    count = fields[1].strip().decode("ascii", "replace") if len(fields) > 1 else ""
    return str(int(count)) if count.isdecimal() and len(count) < _LONG else ""


def _end_before(text: bytes, head: int) -> int | None:
    """Where the message before this first segment ends; None: it stands within a line."""
    begin = max(0, head - _INDENTED)
    before = text[begin:head].rstrip(_BLANKS)
    end = begin + len(before)
    if before.endswith(_MARK):
        return end - len(_MARK)
    if before.endswith(b"\x0b"):
        return end - 1
    if before[-1:] and before[-1] in _ENDS_BEFORE:
        return end
    return head if text.startswith(_GLUED, head) else None
