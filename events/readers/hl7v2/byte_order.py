"""Takes off what stands before an HL7 v2 message: a byte-order mark, an MLLP frame, blanks. Makes UTF-16 UTF-8."""

import re

MARKS = {  # Python's codec for the text behind each byte-order mark; the longer marks come first
    b"\xff\xfe\0\0": "utf-32-le",
    b"\0\0\xfe\xff": "utf-32-be",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
    b"\xef\xbb\xbf": "utf-8",
}
START = 64  # bytes behind frame and blanks in which the message has to begin
UTF_8, ISO_2022_KR = "UTF-8", "ISO-2022-KR"
DESIGNATED = b"\x1b$)C"  # ISO-2022-KR designates KS X 1001 once, before the text
_BEFORE = re.compile(rb"\A(?:%b|[\0-\x20\x7f-\xff]){0,%d}" % (re.escape(DESIGNATED), START))
_FRAME = b"\x0b\x1c \t\r\n"
_SPREAD = re.compile(rb"M(\0{3}|\0)S\1H\1")  # the letters MSH in UTF-16 or UTF-32


def unmarked(value: bytes) -> tuple[bytes, str]:
    """The bytes from the first visible ASCII character on, and the character set that they show; "" if they show none.

    UTF-16 and UTF-32, with and without a mark, are made UTF-8. Other bytes stay as they are.
    """
    if value.startswith(b"MSH"):
        return value, ""
    start = value.lstrip(_FRAME)
    for mark, codec in MARKS.items():
        if start.startswith(mark):
            text = start[len(mark) :] if codec == "utf-8" else _text(start[len(mark) :], codec).encode()
            return _visible(text), UTF_8
    if b"\0" in value[:START] and _SPREAD.search(value, 0, START):
        return _visible(_narrowed(value)), UTF_8
    return _visible(value), ISO_2022_KR if DESIGNATED in value[:START] else ""


def _visible(value: bytes) -> bytes:
    return _BEFORE.sub(b"", value.lstrip(_FRAME), count=1)


def _narrowed(value: bytes) -> bytes:
    """UTF-16 or UTF-32 without a mark as UTF-8. Read in the wrong byte order, letters swallow the separators."""
    spread = _SPREAD.search(value, 0, START)
    if spread is None:
        return value
    width, start = len(spread[1]) + 1, spread.start()
    little = _text(value[start:], f"utf-{8 * width}-le")
    big = _text(value[max(start - width + 1, 0) :], f"utf-{8 * width}-be")
    marks = {*little[3:8], "\r", "\n"}  # the separators; a syllable read so may be one: 굼 ends in the byte of |
    return max((little, big), key=lambda text: sum(map(text.count, marks))).encode()


def _text(value: bytes, codec: str) -> str:
    whole = value.removesuffix(b"\x1c\r")  # the MLLP frame ends in single bytes
    return whole.decode(codec, "replace").removesuffix("\ufffd")  # half a letter at the end
