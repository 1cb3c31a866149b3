"""Decodes the bytes of an HL7 v2 message, whatever character set it declares (MSH-18, table 0211)."""

import re
from encodings import normalize_encoding
from encodings.aliases import aliases
from functools import lru_cache
from string import printable

from events.readers.hl7v2.iso2022 import KOREAN, switched, switches, whole

USUAL = "^~\\&"  # component, repetition, escape, subcomponent: the usual MSH-2
HANGUL = re.compile("[가-힣]")
LOST = "\ufffd"  # stands for bytes that are no text
UTF_8, JOHAB = "utf-8", "johab"
# Names of character sets in table 0211 and in feeds, and Python's codec. The first that matches counts.
_NAMES = tuple(
    (re.compile(name, re.IGNORECASE), codec)
    for name, codec in (
        (r"UTF|UNICODE|10646|UCS", UTF_8),
        (r"KS.?X.?1001|IR.?149|5601|949|UHC|(EUC|2022).?KR|WANSUNG", KOREAN),
        (r"JOHAB|1361", JOHAB),
        (r"GB|936", "gb18030"),
        (r"BIG.?5|950", "big5"),
        (r"S(HIFT)?.?JIS|932", "cp932"),
        (r"IR.?(13|14|87|159)$|JIS|(EUC|2022).?JP", "euc_jp"),
        (r"8859.?1$|LATIN.?1$|1252|IR.?100$", "cp1252"),
    )
)
_BYTES = printable.encode() + bytes(range(0x80, 0x100))
_PART = re.compile(r"8859\D?(\d+)")  # another part of ISO 8859
_PARTS = {*range(2, 12), *range(13, 17)}
_NOT_HANGUL = re.compile("[^\x00-\x7f가-힣]")
_LATIN = {"cp1252", *(f"iso8859-{part}" for part in (2, 3, 4, 9, 10, 13, 14, 15, 16))}
# Hangul of KS X 1001 whose two bytes were read as two letters of ISO 8859-1, with no other letter beside it.
KOREAN_AS_LATIN = re.compile(r"(?<![A-Za-z\x80-\xff])(?:[\xb0-\xc8][\xa1-\xfe])+(?![A-Za-z\x80-\xff])")
# A syllable in a word of Latin letters: a letter with an accent in UTF-8 that was read as KS X 1001.
_ACCENT_AS_KOREAN = re.compile("[A-Za-z][가-힣]|[가-힣][a-z]{2}")


def declared(header: bytes) -> str:
    """The first repetition of MSH-18: it names the character set of the message (2.16.9.18).

    Others are those that escapes switch to. An empty one stands for ASCII.
    """
    return _all_declared(header)[0]


def declares_korean(header: bytes) -> bool:
    """Whether any repetition of MSH-18 names KS X 1001: Korean text is in no other character set than the message's."""
    return any(_codec(charset) == KOREAN for charset in _all_declared(header))


def _all_declared(header: bytes) -> list[str]:
    fields = header.split(header[3:4]) if len(header) > 3 else []  # noqa: PLR2004
    charset = fields[17].decode("ascii", "replace") if len(fields) > 17 else ""  # noqa: PLR2004
    repeated = fields[1][1:2].decode("ascii", "replace") or USUAL[1] if charset else USUAL[1]
    return [name.strip() for name in charset.split(repeated)]


def decoded(value: bytes, charset: str, mark: bytes = b"\\") -> tuple[str, bool]:
    """The text, and whether it is in doubt because its character set is another one than the named.

    Bytes that are no text become U+FFFD.

    Args:
        value: the bytes.
        charset: the name of the character set, as senders write it; "" if they name none.
        mark: the escape character of the message (MSH-2).
    """
    if switches(value, mark):
        return switched(value, mark, lambda part: _plain(part, charset)[0]), False
    return _plain(value, charset)


def _plain(value: bytes, charset: str) -> tuple[str, bool]:
    if value.isascii():
        return value.decode("ascii"), False
    codec = _codec(charset)
    try:
        unicode = value.decode()
    except UnicodeDecodeError as error:
        return _not_utf_8(value, codec, value[: error.start])
    if codec != UTF_8 and not HANGUL.search(unicode) and _korean_by_bytes(value):
        return _not_utf_8(value, codec, b"")
    return unicode, False


def _not_utf_8(value: bytes, codec: str, utf_8: bytes) -> tuple[str, bool]:
    """The text, and whether it is in doubt. `utf_8`: the bytes up to the first that is no UTF-8."""
    korean = whole(value, KOREAN) if codec in ("", KOREAN) and utf_8.isascii() else ""
    if korean:
        return korean, False
    unicode = value.decode(UTF_8, "replace")
    if len(HANGUL.findall(unicode)) > unicode.count(LOST):  # KS X 1001 that is read so has more gaps than syllables
        return unicode, False
    if codec not in ("", UTF_8, KOREAN) and not _is_korean(value, codec):
        return value.decode(codec, "replace"), False
    korean = value.decode(KOREAN, "replace")
    if codec == KOREAN or len(HANGUL.findall(korean)) > korean.count(LOST):
        return korean, codec not in ("", KOREAN)
    return unicode, False


def _is_korean(value: bytes, codec: str) -> bool:
    """Whether text is KS X 1001 by its bytes: of Latin letters, has words of it; of others, is Hangul beyond ASCII."""
    if codec in _LATIN:
        return bool(whole(value, KOREAN)) and bool(KOREAN_AS_LATIN.search(value.decode("latin-1")))
    korean = "" if codec == JOHAB else whole(value, "euc_kr")
    return bool(korean) and not _NOT_HANGUL.search(korean)


def _korean_by_bytes(value: bytes) -> bool:
    """Whether valid UTF-8 may as well be KS X 1001: "채철" has the bytes of "äö"."""
    korean = whole(value, "euc_kr")
    return bool(HANGUL.search(korean)) and not _ACCENT_AS_KOREAN.search(korean)


@lru_cache(maxsize=256)
def _codec(charset: str) -> str:
    """Python's codec for a character set; "" for ASCII and for names that are unknown."""
    codec = next((codec for name, codec in _NAMES if name.search(charset)), "")
    part = _PART.search(charset)
    return codec or (f"iso8859-{part[1]}" if part and int(part[1]) in _PARTS else _python_codec(charset))


def _python_codec(name: str) -> str:
    """The codec that Python calls so; "" for ASCII, and if it reads ASCII as other letters."""
    normal = normalize_encoding(name).lower()
    codec = aliases.get(normal, normal)
    try:
        reads_ascii = codec in aliases.values() and _BYTES.decode(codec, "replace").startswith(printable)
    except (LookupError, ValueError):  # it decodes no text, such as base64
        return ""
    return codec if reads_ascii and codec != "ascii" else ""
