"""An HL7 v2 message as segments, fields and components. Also reads messages that violate chapter 2.

`hl7` and `hl7apy` were tried: they read 9 to 2,533 messages a second, and rejected real ones.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from events.contract.codes import Code
from events.contract.incoming import CONTROLS
from events.readers.hl7v2.charsets import USUAL, declared, decoded
from events.readers.hl7v2.frames import MOST_SEGMENTS, SEVERAL, with_line_ends
from events.readers.refusal import RecordRefusedError

WANTED = frozenset({"MSH", "EVN", "PID", "PV1", "PV2"})
LONGEST_SEGMENT = 10_000  # characters of a segment that we read; feeds send some hundreds
MOST_FIELDS = 200  # of a segment; those behind them are not read
FRAME = "\ufeff\x0b\x1a\x1c\x00\x85 \t\r\n"  # byte-order mark, MLLP frame, end of a DOS file, blanks
NEL = "\x85"  # the line end of mainframes
ENDS = frozenset("\r\n\x1a\x1c\x85")  # what ends the last segment: a line end, or the end of a frame or file


@dataclass(frozen=True, slots=True)
class Message:
    """A message: the first segment of each name that we read, split into fields; and the separators."""

    segments: dict[str, list[str]]
    separators: tuple[str, str, str, str, str]  # field, component, repetition, escape, subcomponent
    charset_differs: bool = False  # MSH-18 names another character set than the text is in
    cut_in: str = ""  # the last segment, if no line end follows it; "" if the text ends with a line end or frame

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

    def _unescaped(self, raw: str) -> str:
        if self.separators[3] in raw:
            raw = _escapes(self.separators[3]).sub(self._meant, raw)
        return raw.strip() if raw.isprintable() else raw.translate(CONTROLS).strip()

    def _meant(self, escape: re.Match[str]) -> str:
        """The text that an escape sequence stands for (chapter 2.7)."""
        code = escape[1]
        if code in "FSRET" and len(code) == 1:
            return self.separators["FSRET".index(code)]
        if code[0] == "X":
            return decoded(bytes.fromhex(code[1:]), "")[0] if len(code) % 2 else ""
        return " " if code[0] == "." else ""


def segments_sent(value: bytes) -> list[str]:
    """Names of all segments of a message, each once, also of those that we do not read.

    Raises:
        RecordRefusedError: the character set is unknown.
    """
    value = with_line_ends(value)
    text, _ = decoded(value, declared(value))
    lines = (line.lstrip() for line in text.strip(FRAME).replace("\n", "\r").replace(NEL, "\r").split("\r"))
    return list(dict.fromkeys(line[:3] for line in lines if line))


@lru_cache(maxsize=64)
def _escapes(escape: str) -> re.Pattern[str]:
    mark = re.escape(escape)
    return re.compile(rf"{mark}([FSRETHNP]|X[0-9A-Fa-f]*|\.[a-z]{{2}}[+-]?\d*){mark}")


def parse(value: bytes) -> Message:
    """Split a message. Line ends may be CR, LF or both.

    Raises:
        RecordRefusedError: it is not exactly one HL7 v2 message, or the character set is unknown.
    """
    value = with_line_ends(value)
    text, differs = decoded(value, declared(value))
    lines = text.strip(FRAME).replace("\n", "\r").replace(NEL, "\r").split("\r", MOST_SEGMENTS)
    if len(lines) > MOST_SEGMENTS:
        says = f"The message has more than {MOST_SEGMENTS} segments."
        raise RecordRefusedError(Code.TOO_LARGE, says, f"segment {MOST_SEGMENTS + 1}")
    header = lines[0]
    if not header.startswith("MSH") or len(header) < 8 or header[3].isalnum() or header[3].isspace():  # noqa: PLR2004
        raise RecordRefusedError(Code.UNREADABLE, "The record does not begin with a segment MSH.", "MSH")
    separator = header[3]
    marks = header[4:].split(separator, 1)[0][:4]
    component, repetition, escape, subcomponent = tuple(marks + USUAL[len(marks) :])
    segments = _segments(lines, separator)
    cut_in = "" if text[-1:] in ENDS else lines[-1].lstrip()[:3]
    return Message(segments, (separator, component, repetition, escape, subcomponent), differs, cut_in)


def _fields(line: str, separator: str) -> list[str]:
    fields = line.split(separator, MOST_FIELDS)
    if len(line) > LONGEST_SEGMENT:
        longest = max(range(len(fields)), key=lambda number: len(fields[number]))
        number = longest + (fields[0] == "MSH")  # MSH-1 is the separator
        says = f"The segment is longer than {LONGEST_SEGMENT} characters."
        raise RecordRefusedError(Code.FIELD_INVALID, says, f"{fields[0][:3]}-{number}")
    return fields


def _segments(lines: list[str], separator: str) -> dict[str, list[str]]:
    segments: dict[str, list[str]] = {}
    for line in lines:
        name = line[:3] if line[:3] in WANTED else line.lstrip()[:3]
        if name not in WANTED:
            continue
        if name not in segments:
            segments[name] = _fields(line.lstrip(), separator)
        elif name == "MSH":
            raise RecordRefusedError(Code.UNREADABLE, SEVERAL, "MSH")
    segments["MSH"].insert(1, separator)  # MSH-1 is the separator itself
    return segments
