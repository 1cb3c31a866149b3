"""An HL7 v2 message as segments, fields and components. Also reads messages that violate chapter 2.

`hl7` and `hl7apy` were tried: they read 9 to 2,533 messages a second, and rejected real ones.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from events.contract.codes import Code
from events.readers.hl7v2.byte_order import unmarked
from events.readers.hl7v2.charsets import USUAL, declared, declares_korean, decoded
from events.readers.hl7v2.frames import SEVERAL, with_line_ends
from events.readers.hl7v2.iso2022 import begin
from events.readers.refusal import RecordRefusedError
from handoff.text import is_kept, kept

SEVERAL_TIMES = frozenset({"ARV", "MRG", "NK1", "PID"})  # restrictions, the patients of a merge, next of kin
WANTED = frozenset({"MSH", "EVN", "PD1", "PV1", "PV2", *SEVERAL_TIMES})
NAMES = frozenset(name.encode() for name in WANTED)
REPEATED = frozenset(name.encode() for name in SEVERAL_TIMES)
NO_HEADER = "The record does not begin with a segment MSH."
HEXADECIMAL = "0123456789ABCDEFabcdef"
MOST_LINES = 20_000  # of a message; those behind them are not read
LONGEST_SEGMENT = 10_000  # bytes of a segment that we read; feeds send some hundreds
MOST_FIELDS = 200  # of a segment; those behind them are not read
REPETITIONS = 100  # of a field; a person has fewer names, addresses, numbers and phones
FRAME = b"\x0b\x1c\x00 \t\xc2\x85"  # MLLP frame, blanks, NEL behind another line end
ENDS = (b"\r", b"\n", b"\x1a", b"\x1c", b"\xc2\x85")  # of the last segment: a line end, or the end of a frame or file

Separators = tuple[str, str, str, str, str]  # field, component, repetition, escape, subcomponent


@dataclass(frozen=True, slots=True)
class Message:
    """A message: the first segment of each name that we read, split into fields.

    Attributes:
        charset: the named character set.
        charset_differs: the text is probably in another one.
        further: further segments of a name that may come several times, split into fields.
        cut_in: the last segment, if no line end follows it; "": the text ends with a line end or frame.
        moments: texts of moments that were looked at, by segment and field.
        normal: whether its text is as `kept` returns it, and no separator is a letter or digit.
    """

    segments: dict[str, list[str]]
    separators: Separators
    charset: str = ""
    charset_differs: bool = False
    further: tuple[list[str], ...] = ()
    cut_in: str = ""
    normal: bool = False
    moments: dict[tuple[str, int], str] = field(default_factory=dict, repr=False, compare=False)
    _components: dict[str, list[str]] = field(default_factory=dict, repr=False, compare=False)

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

    def every(self, segment: str) -> Iterator[list[str]]:
        """The fields of each segment of a name that may come several times."""
        if segment in self.segments:
            yield self.segments[segment]
            yield from (fields for fields in self.further if fields[0] == segment)

    def without(self, segment: str, number: int) -> "Message":
        """The same message with an empty field."""
        fields = list(self.segments[segment])
        fields[number] = ""
        return replace(self, segments={**self.segments, segment: fields}, moments={})

    def repetitions(self, segment: str, number: int) -> list[list[str]]:
        """The field's repetitions, each split into components as sent; of more than `REPETITIONS` the first ones."""
        raw = self.field(segment, number)
        if not raw:
            return []
        _, between, repeated, _, _ = self.separators
        return [repetition.split(between) for repetition in raw.split(repeated, REPETITIONS)[:REPETITIONS]]

    def first(self, segment: str, number: int, component: int = 1) -> str:
        """A component of the first repetition, in plain text; "" if empty."""
        fields = self.segments.get(segment)
        if fields is None or number >= len(fields) or not (raw := fields[number]):
            return ""
        if self.normal and raw.isalnum():  # the usual case: a number, a moment, a code
            return raw if component == 1 else ""
        components = self._components.get(raw)
        if components is None:
            components = self._components[raw] = raw.split(self.separators[2], 1)[0].split(self.separators[1])
        return self.text(components, component)

    def text(self, components: list[str], number: int, joined_by: str | None = None) -> str:
        """A component in plain text: its first subcomponent, or with `joined_by` all of them; "" if empty."""
        raw = components[number - 1] if number <= len(components) else ""
        if not raw:
            return ""
        _, _, _, escape, between = self.separators
        if between not in raw and escape not in raw:
            plain = raw.strip() if self.normal else kept(raw)
            return "" if plain == '""' else plain
        parts = raw.split(between)
        if joined_by is None:
            return kept(self.meant(parts[0]))
        return joined_by.join(filter(None, (kept(self.meant(part)) for part in parts)))

    def meant(self, raw: str) -> str:
        """The text with what its escape sequences stand for."""
        return _escapes(self.separators[3]).sub(self._meant, raw) if self.separators[3] in raw else raw

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
    """Split a message. Line ends may be CR, LF or both, or NEL.

    Args:
        value: the bytes.
        charset: the character set, instead of the one that the message declares.

    Raises:
        RecordRefusedError: it is not exactly one HL7 v2 message, or a segment is too long.
    """
    value, proven = unmarked(value)
    value = with_line_ends(value)
    lines = _lines(value)
    header, sent = lines[0], _read_segments(lines)
    if not header.startswith(b"MSH") or len(header) < 8:  # noqa: PLR2004
        raise RecordRefusedError(Code.UNREADABLE, NO_HEADER, "MSH")
    charset = proven or charset or declared(header)
    text, differs = decoded(b"\r".join(sent), charset, header[4:8].split(header[3:4])[0][2:3] or b"\\")
    separator, marks = text[3], text[4:8]
    if separator.isalnum() or separator.isspace():
        raise RecordRefusedError(Code.UNREADABLE, NO_HEADER, "MSH")
    marks = marks.split(separator)[0]
    component, repetition, escape, subcomponent = tuple(marks + USUAL[len(marks) :])
    split = [line.split(separator, MOST_FIELDS) for line in text.split("\r")]
    segments: dict[str, list[str]] = {}
    further = [fields for fields in split if segments.setdefault(fields[0], fields) is not fields]
    segments["MSH"].insert(1, separator)  # MSH-1 is the separator itself
    return Message(
        normal=is_kept(text.replace("\r", "")) and not any(map(str.isalnum, marks)),
        segments=segments,
        separators=(separator, component, repetition, escape, subcomponent),
        charset=charset,
        charset_differs=differs and not declares_korean(header),
        further=tuple(further),
        cut_in="" if value.rstrip(b" \t\0").endswith(ENDS) else lines[-1].lstrip(FRAME)[:3].decode("ascii", "replace"),
    )


def _read_segments(lines: list[bytes]) -> list[bytes]:
    """The first segment of each name that we read, and all of those that may come several times.

    Raises:
        RecordRefusedError: the lines are several messages, or one of these segments is too long.
    """
    segments: list[bytes] = []
    names: set[bytes] = set()
    for line in lines:
        segment = line
        if line[:3] not in NAMES:
            segment = b"" if line[:1].isalpha() else begin(line).lstrip(FRAME)
        name = segment[:3]
        if name not in NAMES:
            continue
        if name not in names or (name in REPEATED and len(segments) < REPETITIONS):
            _not_too_long(segment, lines[0][3:4])
            names.add(name)
            segments.append(segment)
        elif name == b"MSH":
            raise RecordRefusedError(Code.UNREADABLE, SEVERAL, "MSH")
    return segments


def _not_too_long(segment: bytes, separator: bytes) -> None:
    if len(segment) > LONGEST_SEGMENT:
        fields = segment.split(separator or b"|", MOST_FIELDS)
        longest = max(range(len(fields)), key=lambda number: len(fields[number]))
        number = longest + segment.startswith(b"MSH")  # MSH-1 is the separator
        says = f"The segment is longer than {LONGEST_SEGMENT} bytes."
        raise RecordRefusedError(Code.FIELD_INVALID, says, f"{segment[:3].decode()}-{number}")


def _lines(value: bytes) -> list[bytes]:
    return value.rstrip(FRAME + b"\x1a\r\n").replace(b"\n", b"\r").split(b"\r", MOST_LINES)
