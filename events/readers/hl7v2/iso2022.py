"""Decodes text that switches its character set by escapes (ISO 2022): Korean, Japanese, Chinese and European letters.

HL7 v2 lets a message switch between the character sets of MSH-18 by such escapes (2.16.9.18), also written as its own
escape sequences C and M (2.7.2, 2.7.3).
"""

import re
from collections.abc import Callable
from functools import lru_cache

KOREAN = "cp949"
ESCAPE, OUT, IN = b"\x1b", b"\x0e", b"\x0f"
# A designation (escape, intermediate bytes, final byte), the shift to the designated set and back, the line end.
_SWITCHES = re.compile(rb"(\x1b[ -/]+[0-~]|[\x0e\x0f\r])")
_BEFORE_A_LINE = re.compile(rb"(?:\x1b[ -/]{1,3}[0-~]|\xef\xbb\xbf){1,32}")
# Python's codec for what is designated to the lower half (G0), whose letters are two bytes of 7 bits.
_LOWER = {
    **dict.fromkeys((b"$@", b"$B", b"$(@", b"$(B", b"$(C", b"$(D", b"$A", b"$(A"), "iso2022_jp_2"),
    **dict.fromkeys((b"$(O", b"$(P", b"$(Q"), "iso2022_jp_2004"),
    b"(I": "iso2022_jp_ext",
}
# Python's codec for what is designated to the upper half (G1): bytes from 0xA0 on, or shifted ones of 7 bits.
_UPPER = {b"$)A": "gb2312", b"$)B": "euc_jp", b"$)C": KOREAN, b")I": "shift_jis"} | {
    b"-" + final.encode(): f"iso8859-{part}"
    for final, part in zip("ABCDLGFHMVTY_b", (*range(1, 12), 13, 14, 15), strict=True)
}
_RAISED = bytes(byte | 0x80 if 0x20 < byte < 0x7F else byte for byte in range(256))  # noqa: PLR2004


def switches(value: bytes, mark: bytes) -> bool:
    """Whether the text may switch its character set; `mark` is the escape character of the message (MSH-2)."""
    return ESCAPE in value or (OUT in value and IN in value) or mark + b"M2" in value or mark + b"C2" in value


def switched(value: bytes, mark: bytes, plain: Callable[[bytes], str]) -> str:
    """The text. Letters of a character set that is unknown become U+FFFD.

    Args:
        value: the bytes.
        mark: the escape character of the message (MSH-2).
        plain: decodes what stands in no designated set.
    """
    value = _escapes(mark).sub(lambda escape: ESCAPE + bytes.fromhex(escape[1].decode()), value)
    parts = _SWITCHES.split(value)
    lower = upper = b""
    shifted, text = False, []
    for switch, part in zip((b"", *parts[1::2]), parts[::2], strict=True):
        if switch == b"\r":
            lower, shifted = b"", False
            text.append("\r")
        elif switch in (OUT, IN):
            shifted = switch == OUT
        elif switch[1:] in _UPPER:
            upper = switch[1:]
        elif switch[1:2] in (b"(", b"$"):
            lower = switch[1:] if switch[1:] in _LOWER or switch[1:2] == b"$" else b""
        if shifted:
            text.append(part.translate(_RAISED).decode(_UPPER.get(upper, KOREAN), "replace"))
        elif lower and part:
            text.append((ESCAPE + lower + part).decode(_LOWER[lower], "replace") if lower in _LOWER else "\ufffd")
        else:
            text.append(whole(part, _UPPER.get(upper, "ascii")) or plain(part))
    return "".join(text)


def begin(line: bytes) -> bytes:
    """A line without what stands before its first letter: designations of character sets, and marks of UTF-8."""
    match = _BEFORE_A_LINE.match(line) if line[:1] in (ESCAPE, b"\xef") else None
    return line[match.end() :] if match else line


def whole(value: bytes, codec: str) -> str:
    """The text; "" if a byte does not belong to the character set of this codec."""
    try:
        return value.decode(codec)
    except UnicodeDecodeError:
        return ""


@lru_cache(maxsize=64)
def _escapes(mark: bytes) -> re.Pattern[bytes]:
    """The escape sequences C and M of HL7: in hexadecimal digits what follows ESC."""
    quoted = re.escape(mark)
    return re.compile(rb"%b[CM](2[0-9A-Fa-f](?:[0-9A-Fa-f]{2}){1,2})%b" % (quoted, quoted))
