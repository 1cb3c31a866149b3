"""What the messages of an institution show of its habits. Keeps codes and counts, and nothing about a person."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from events.contract.codes import Code
from events.readers.hl7v2.charsets import HANGUL
from events.readers.hl7v2.message import Message, parse
from events.readers.hl7v2.moments import moment
from events.readers.hl7v2.patient_class import class_of
from events.readers.hl7v2.reading import sent_trigger
from events.readers.inbound import InboundRecord
from events.readers.learning.meanings import CHARSETS, destination_of, looks_like_a_code
from events.readers.record import read
from events.readers.refusal import RecordRefusedError
from handoff.fact import Fact, NoEffect, Unreadable
from handoff.profile.register import Habits

_OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
_TRIGGER = re.compile(r"[A-Z]\d\d", re.ASCII)
_KS_X_1001 = re.compile(rb"(?:[\xb0-\xc8][\xa1-\xfe]){2}")  # two syllables: no Latin word has four letters with marks
_TO_THE_MINUTE = 12  # characters of a moment
_PROMPTLY = timedelta(minutes=10)  # between what happened and the message about it
_HOUR = timedelta(hours=1)
_MOMENTS = (("MSH", 7), ("EVN", 2), ("EVN", 6))
_OF_THE_STAY = {"A03": ("PV1", 45), "A01": ("PV1", 44)}
DISPOSITION, CLASS = ("PV1", 36), ("PV1", 2)
OTHERS = "others"

Meanings = dict[str, Counter[str]]  # a code, and how often its text had each meaning; "": it had none


@dataclass
class Evidence:
    """Counts of what the messages of one institution show.

    Attributes:
        messages: HL7 v2 messages that were looked at. `unread`: records that are none.
        triggers: messages by trigger event. `others`: it is not a code.
        stamps: messages by a digest of EVN-1, and whether MSH-9 names another event.
        dispositions, classes: meanings of each code's text.
        not_shown: by field, messages whose code is too long to be shown.
        charsets: messages by the character set that Hangul in them proves, and whether MSH-18 names it. "": they are
            neither UTF-8 nor KS X 1001.
        hours: messages by the whole hours that a time without offset is ahead of UTC, and the hours of MSH-7's offset;
            None in place of the first: no whole hours; in place of the second: MSH-7 has no offset.
        refused: messages by trigger event that the contract does not have, and whether they are ADT or REF.
        repeated: messages by trigger event that say of a stay what the last message about it said.
        changed: messages by trigger event that say something else of a stay than the last message about it.
    """

    messages: int = 0
    unread: int = 0
    triggers: Counter[str] = field(default_factory=Counter)
    stamps: Counter[tuple[int, bool]] = field(default_factory=Counter)
    dispositions: Meanings = field(default_factory=lambda: defaultdict(Counter))
    classes: Meanings = field(default_factory=lambda: defaultdict(Counter))
    not_shown: Counter[str] = field(default_factory=Counter)
    charsets: Counter[tuple[str, bool]] = field(default_factory=Counter)
    hours: Counter[tuple[int | None, int | None]] = field(default_factory=Counter)
    refused: Counter[tuple[str, bool]] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    _last: dict[int, int] = field(default_factory=dict)  # digest of a stay: digest of what was last said of it

    def add(self, record: InboundRecord, known_at: datetime, habits: Habits) -> None:
        """Count one record.

        Args:
            record: as its sender would send it.
            known_at: now, aware.
            habits: those that are registered.
        """
        value = record.value or b""
        try:
            message = parse(value)
        except RecordRefusedError:
            self.unread += 1
            return
        self.messages += 1
        event, stamp = sent_trigger(message), message.first("EVN", 1)
        if event and stamp:
            self.stamps[hash(stamp), stamp != event] += 1
        event = event if _TRIGGER.fullmatch(event) else OTHERS
        self.triggers[event] += 1
        self._codes(message)
        self.charsets.update(_charset(value, message.first("MSH", 18)))
        self.hours.update(_hours(message, event))
        self._effect(message, event, read(record, known_at, habits))

    def _codes(self, message: Message) -> None:
        for place, meanings, meaning_of in (
            (DISPOSITION, self.dispositions, destination_of),
            (CLASS, self.classes, class_of),
        ):
            code = message.first(*place).upper() if place == CLASS else message.first(*place)
            if not code:
                continue
            if not looks_like_a_code(code):
                self.not_shown["-".join(map(str, place))] += 1
                continue
            texts = (message.first(*place, 2), message.first(*place, 5), code)
            meanings[code][next(filter(None, map(meaning_of, texts)), "")] += 1

    def _effect(self, message: Message, event: str, fact: Fact | Unreadable | NoEffect) -> None:
        if isinstance(fact, Unreadable) and fact.code == Code.TYPE_UNKNOWN and event != OTHERS:
            self.refused[event, message.first("MSH", 9) in ("ADT", "REF")] += 1
        if isinstance(fact, Fact):
            stay = fact.reference or (fact.person.patient_number if fact.person else "")
            last, content = self._last.get(hash(stay)), hash((repr(fact.person), repr(fact.discharge)))
            if stay and last is not None:
                (self.repeated if last == content else self.changed)[event] += 1
            self._last[hash(stay)] = content


def _charset(value: bytes, declared: str) -> list[tuple[str, bool]]:
    """The character set that Hangul in the bytes proves, and whether MSH-18 names it; "": it is neither of ours."""
    if value.isascii():
        return []
    try:
        charset = "utf-8" if HANGUL.search(value.decode()) else None
    except UnicodeDecodeError:
        charset = "cp949" if _KS_X_1001.search(value) and _decodes(value, "cp949") else ""
    return [] if charset is None else [(charset, bool(charset and CHARSETS[charset].search(declared)))]


def _decodes(value: bytes, charset: str) -> bool:
    try:
        return bool(value.decode(charset))
    except UnicodeDecodeError:
        return False


def _hours(message: Message, event: str) -> list[tuple[int | None, int | None]]:
    """How many hours a time without an offset is ahead of UTC, if another one of the message has an offset.

    A message is written at once after what it reports. So the two times differ by the sender's time zone.
    """
    texts = [message.first(*place) for place in (*_MOMENTS, _OF_THE_STAY.get(event, ("EVN", 6)))]
    texts = [text for text in texts if len(text) >= _TO_THE_MINUTE and moment(text)]
    written = next((moment(text) for text in texts if _OFFSET.search(text)), None)
    local = next((moment(text) for text in texts if not _OFFSET.search(text)), None)
    if written is None or local is None:
        return []
    ahead = local.replace(tzinfo=UTC) - written
    hours = round(ahead / _HOUR)
    return [(hours if abs(ahead - hours * _HOUR) <= _PROMPTLY else None, _offset(message.first("MSH", 7)))]


def _offset(text: str) -> int | None:
    made = moment(text) if _OFFSET.search(text) else None
    ahead = made.utcoffset() if made else None
    return None if ahead is None else round(ahead / _HOUR)
