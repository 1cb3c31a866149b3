"""An HL7 v2 message as segments, fields and components. Also reads messages that violate chapter 2.

`hl7` and `hl7apy` were tried: they read 9 to 2,533 messages a second, and rejected real ones.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from events.contract.codes import Code
from events.contract.incoming import CONTROLS
from events.readers.hl7v2.byte_order import unmarked
from events.readers.hl7v2.charsets import USUAL, declared, decoded
from events.readers.refusal import RecordRefusedError

WANTED = frozenset({"MSH", "EVN", "PID", "PV1", "PV2"})
NAMES = frozenset(name.encode() for name in WANTED)
NO_HEADER = "The record does not begin with a segment MSH."
HEXADECIMAL = "0123456789ABCDEFabcdef"
MOST_SEGMENTS, LONGEST_SEGMENT = 20_000, 32_768  # of a message; bytes
FRAME = b"\x0b\x1c\x00 \t"  # MLLP frame, blanks


@dataclass(frozen=True, slots=True)
class Message:
    """A message: the first segment of each name that we read, split into fields; and the separators."""

    segments: dict[str, list[str]]
    separators: tuple[str, str, str, str, str]  # field, component, repetition, escape, subcomponent
    charset: str = ""  # the named character set
    charset_differs: bool = False  # the text is probably in another character set

    def field(self, segment: str, number: int) -> str:
        """The field as sent, by its number in the standard; "" if empty, absent or the HL7 null."""
        raw = self.sent(segment, number)
        return "" if raw == '""' else raw

    def deletes(self, segment: str, number: int) -> bool:
        """Whether the field is the HL7 null `""`: the sender deletes what it has told before."""
        return self.sent(segment, number).split(self.separators[1])[0].strip() == '""'

    def sent(self, segment: str, number: int) -> str:
        """The field as sent, also the HL7 null; "" if empty or absent."""
        fields = self.segments.get(segment, ())
        return fields[number] if number < len(fields) else ""

    def without(self, segment: str, number: int) -> "Message":
        """The same message with an empty field."""
        fields = list(self.segments[segment])
        fields[number] = ""
        return replace(self, segments={**self.segments, segment: fields})

    def repetitions(self, segment: str, number: int) -> list[list[str]]:
        """The field's repetitions, each split into components as sent."""
        raw = self.field(segment, number)
        return [repetition.split(self.separators[1]) for repetition in raw.split(self.separators[2])] if raw else []

    def first(self, segment: str, number: int, component: int = 1) -> str:
        """A component of the first repetition, in plain text; "" if empty."""
        raw = self.field(segment, number)
        if not raw:
            return ""
        _, between, repeated, _, _ = self.separators
        if repeated in raw:
            raw = raw[: raw.index(repeated)]
        return self.text(raw.split(between), component)

    def text(self, components: list[str], number: int, joined_by: str | None = None) -> str:
        """A component in plain text: its first subcomponent, or with `joined_by` all of them; "" if empty."""
        raw = components[number - 1] if number <= len(components) else ""
        if not raw or raw == '""':
            return ""
        if self.separators[4] not in raw:
            return self._unescaped(raw)
        parts = raw.split(self.separators[4])
        if joined_by is None:
            return self._unescaped(parts[0])
        return joined_by.join(filter(None, map(self._unescaped, parts)))

    def meant(self, raw: str) -> str:
        """The text with what its escape sequences stand for."""
        return _escapes(self.separators[3]).sub(self._meant, raw) if self.separators[3] in raw else raw

    def _unescaped(self, raw: str) -> str:
        raw = self.meant(raw)
        return raw.strip() if raw.isprintable() else raw.translate(CONTROLS).strip()

    def _meant(self, escape: re.Match[str]) -> str:
        """The text that an escape sequence stands for (chapter 2.7)."""
        code = escape[1]
        if code in "FSRET" and len(code) == 1:
            return self.separators["FSRET".index(code)]
        if code[0] == "X":
            digits = "".join(filter(HEXADECIMAL.__contains__, code))
            return "" if len(digits) % 2 else decoded(bytes.fromhex(digits), self.charset)[0]
        return " " if code[0] == "." else ""


def segments_sent(value: bytes) -> list[str]:
    """Names of all segments of a message, each once, also of those that we do not read."""
    names = dict.fromkeys(line.lstrip(FRAME)[:3] for line in _lines(unmarked(value)[0]))
    return [name.decode("ascii", "replace") for name in names if name]


@lru_cache(maxsize=64)
def _escapes(escape: str) -> re.Pattern[str]:
    mark = re.escape(escape)
    digits = "X[0-9A-Fa-f]*"  # the bytes of a letter may stand in several sequences
    return re.compile(rf"{mark}([FSRETHNP]|{digits}(?:{mark}{mark}{digits})*|\.[a-z]{{2}}[+-]?\d*){mark}")


def parse(value: bytes, charset: str = "") -> Message:
    """Split a message. Line ends may be CR, LF or both.

    Args:
        value: the bytes.
        charset: the character set, instead of the one that the message declares.

    Raises:
        RecordRefusedError: it is not exactly one HL7 v2 message.
    """
    value, proven = unmarked(value)
    sent = _first_segments(value)
    header = next(iter(sent), b"")
    if not header.startswith(b"MSH") or len(header) < 8:  # noqa: PLR2004
        raise RecordRefusedError(Code.UNREADABLE, NO_HEADER, "MSH")
    charset = proven or charset or declared(header)
    text, differs = decoded(b"\r".join(sent), charset, header[4:8].split(header[3:4])[0][2:3] or b"\\")
    separator, marks = text[3], text[4:8]
    if separator.isalnum() or separator.isspace():
        raise RecordRefusedError(Code.UNREADABLE, NO_HEADER, "MSH")
    marks = marks.split(separator)[0]
    component, repetition, escape, subcomponent = tuple(marks + USUAL[len(marks) :])
    segments = {line[:3]: line.split(separator) for line in text.split("\r")}
    segments["MSH"].insert(1, separator)  # MSH-1 is the separator itself
    return Message(segments, (separator, component, repetition, escape, subcomponent), charset, differs)


def _first_segments(value: bytes) -> list[bytes]:
    """The first segment of each name that we read.

    Raises:
        RecordRefusedError: it holds several messages, or one of these segments is too long.
    """
    segments: dict[bytes, bytes] = {}
    for line in _lines(value):
        segment = line if line[:3] in NAMES else line.lstrip(FRAME)
        name = segment[:3]
        if name in NAMES and name not in segments:
            if len(segment) > LONGEST_SEGMENT:
                reason = f"A segment is longer than {LONGEST_SEGMENT} bytes."
                raise RecordRefusedError(Code.FIELD_INVALID, reason, name.decode())
            segments[name] = segment
        elif name == b"MSH":
            raise RecordRefusedError(Code.UNREADABLE, "The record holds more than one message.", "MSH")
    return list(segments.values())


def _lines(value: bytes) -> list[bytes]:
    return value.rstrip(FRAME + b"\r\n").replace(b"\n", b"\r").split(b"\r", MOST_SEGMENTS)
