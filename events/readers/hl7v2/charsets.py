"""Decodes the bytes of an HL7 v2 message, whatever character set it declares (MSH-18, table 0211)."""

import re

from events.contract.codes import Code
from events.readers.refusal import RecordRefusedError

USUAL = "^~\\&"  # component, repetition, escape, subcomponent: the usual MSH-2
HANGUL = re.compile("[가-힣]")
# What table 0211 and feeds call UTF-8. "UNICODE" alone is its older name; UTF-16 and UTF-32 are no UTF-8.
UTF_8 = re.compile(r"UTF-?8|UNICODE(?! ?UTF)|10646", re.IGNORECASE)
KOREAN = re.compile(r"KS ?[XC] ?(1001|5601)|IR ?149|EUC-?KR|949", re.IGNORECASE)  # table 0211 and what feeds write


def declared(value: bytes) -> str:
    """The first repetition of MSH-18, read from the bytes: it names the character set of the message (2.16.9.18)."""
    start = value.find(b"MSH")
    header = re.split(rb"[\r\n]", value[start : start + 4096], maxsplit=1)[0]
    fields = header.split(header[3:4]) if len(header) > 3 else []  # noqa: PLR2004
    charset = fields[17].decode("ascii", "replace") if len(fields) > 17 else ""  # noqa: PLR2004
    repeated = fields[1][1:2].decode("ascii", "replace") or USUAL[1] if charset else USUAL[1]
    return charset.split(repeated)[0].strip()


def decoded(value: bytes, charset: str) -> tuple[str, bool]:
    """The text, and whether it has another character set than MSH-18 declares, as some feeds send it.

    A text that is valid UTF-8 and has Korean letters, or is said to be UTF-8, is UTF-8. A short name in KS X 1001 may
    be valid UTF-8 by chance, but then has no Korean letters.
    """
    unicode, utf_8 = _tried(value, "utf-8"), bool(UTF_8.search(charset))
    if unicode is not None and (value.isascii() or utf_8 or HANGUL.search(unicode)):
        return unicode, bool(KOREAN.search(charset)) and not value.isascii()
    korean = _tried(value, "cp949")
    if korean is not None and (KOREAN.search(charset) or HANGUL.search(korean)):
        return korean, utf_8
    if unicode is not None:
        return unicode, False
    if charset.startswith("8859"):
        return value.decode("latin-1"), False
    raise RecordRefusedError(Code.UNREADABLE, "The text is neither UTF-8 nor KS X 1001.", "MSH-18")


def _tried(value: bytes, encoding: str) -> str | None:
    try:
        return value.decode(encoding)
    except UnicodeDecodeError:
        return None
