"""Proposes the habits of an institution from what its messages show. Proposes only what changes how they are read."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from events.readers.hl7v2.patient_class import CODES, TABLE_0004
from events.readers.learning.evidence import OTHERS, Evidence, Meanings
from events.readers.learning.meanings import NO_CLASS, TABLE_0112
from handoff.profile.habit_values import STAYS
from handoff.profile.register import Habits

ENOUGH = 20  # messages from which to learn
REPEATED = 10  # messages of one trigger event that say nothing new, before it counts as noise
_ALIKE = 3  # messages that show the same before it is proposed for sure
_KOREA = 9  # hours ahead of UTC
_ZONES = {0: "UTC", _KOREA: "Asia/Seoul"}

Value = bool | str | tuple[str, ...]


@dataclass(frozen=True)
class ProposedHabit:
    """One line of the register entry.

    Attributes:
        habit: name of the field of `Habits`.
        code: key in a table of codes; "": the field is no table.
        value: what to write; None: the messages do not say, so that a person has to ask the institution.
        messages: how many messages it rests on.
        why: what they show.
        sure: False: ask the institution before it is used.
    """

    habit: str
    code: str
    value: Value | None
    messages: int
    why: str
    sure: bool


@dataclass(frozen=True)
class Proposal:
    """The proposed habits, and the counts behind them.

    Attributes:
        messages: HL7 v2 messages that were looked at. `unread`: records that are none.
        few: there were fewer than twenty messages, so that no line is sure.
        triggers: messages by trigger event, the most frequent first.
        habits: the lines of the entry.
        not_shown: messages by field whose code is too long to be shown: it may be a name or a number.
    """

    messages: int
    unread: int
    few: bool
    triggers: Mapping[str, int]
    habits: tuple[ProposedHabit, ...]
    not_shown: Mapping[str, int]


def propose(evidence: Evidence, habits: Habits) -> Proposal:
    """Propose what the institution's entry needs beyond the habits that are registered."""
    few = evidence.messages < ENOUGH
    proposed = (
        *_stamped(evidence, habits),
        *_coded("dispositions", evidence.dispositions, {**TABLE_0112, **habits.dispositions}),
        *_coded("classes", evidence.classes, {**CODES, **TABLE_0004, **dict.fromkeys(NO_CLASS, ""), **habits.classes}),
        *_ignored(evidence, habits),
        *_zone(evidence, habits),
        *_charset(evidence, habits),
    )
    return Proposal(
        evidence.messages,
        evidence.unread,
        few,
        dict(evidence.triggers.most_common()),
        tuple(_unsure(habit) if few else habit for habit in proposed),
        dict(evidence.not_shown),
    )


def _unsure(habit: ProposedHabit) -> ProposedHabit:
    return ProposedHabit(habit.habit, habit.code, habit.value, habit.messages, habit.why, sure=False)


def _stamped(evidence: Evidence, habits: Habits) -> Iterator[ProposedHabit]:
    """EVN-1 has one code, and MSH-9 names other events too."""
    differ = sum(count for (_, differs), count in evidence.stamps.items() if differs)
    if habits.event_stamped or not differ or len({stamp for stamp, _ in evidence.stamps}) > 1:
        return
    total = evidence.stamps.total()
    why = f"EVN-1 has the same code in all {total} messages, and MSH-9 names another event in {differ}"
    yield ProposedHabit("event_stamped", "", value=True, messages=total, why=why, sure=differ >= _ALIKE)


def _coded(habit: str, meanings: Meanings, usual: Mapping[str, str]) -> Iterator[ProposedHabit]:
    """Codes that are in no table, and codes whose text contradicts the table.

    Args:
        habit: the table in `Habits`.
        meanings: by code, the meanings of its texts.
        usual: what each code is read as now; "": it has a meaning, but none of those.
    """
    for code, texts in sorted(meanings.items()):
        count, words = texts.total(), set(texts) - {""}
        reads = usual.get(code, usual.get(code.casefold()))
        if len(words) > 1:
            yield ProposedHabit(habit, code, None, count, "the texts beside the code mean different things", sure=False)
        elif words and words != {reads}:
            [word] = words
            against = f", and the code is read as {reads}" if reads else ""
            yield ProposedHabit(habit, code, word, texts[word], f"the text means {word}{against}", sure=True)
        elif not words and reads is None:
            yield ProposedHabit(habit, code, None, count, "the standard does not have the code", sure=False)


def _ignored(evidence: Evidence, habits: Habits) -> Iterator[ProposedHabit]:
    """Trigger events outside the contract, and corrections that make over half of all messages and say nothing new.

    Events of no effect need no filter. Only those of other messages than ADT are sure: an ADT event may matter.
    """
    registered = set(habits.ignored)
    other = Counter({event: count for (event, adt), count in evidence.refused.items() if not adt and event != OTHERS})
    unknown = Counter({event: count for (event, adt), count in evidence.refused.items() if adt})
    surely = sorted({*other} - {*unknown} - STAYS)
    if surely:
        why = "the contract has no such event, and each message would be rejected"
        yield ProposedHabit("ignored", "", tuple(sorted({*registered, *surely})), other.total(), why, sure=True)
    noise = Counter({event: count for event, count in evidence.repeated.items() if _is_noise(event, evidence)})
    perhaps = sorted({*unknown, *noise} - STAYS - registered)
    if perhaps:
        why = (
            f"ask first what {' and '.join(perhaps)} may report: not in the contract, or nothing new in these messages"
        )
        count = unknown.total() + noise.total()
        yield ProposedHabit("ignored", "", tuple(sorted({*registered, *surely, *perhaps})), count, why, sure=False)


def _is_noise(event: str, evidence: Evidence) -> bool:
    """Whether the event makes over half of all messages, and never says anything new of a stay."""
    most = evidence.triggers[event] * 2 > evidence.messages
    return event != OTHERS and most and evidence.repeated[event] >= REPEATED and not evidence.changed[event]


def _zone(evidence: Evidence, habits: Habits) -> Iterator[ProposedHabit]:
    """All times without offset are the same whole hours ahead of UTC, and would be read otherwise."""
    total = evidence.hours.total()
    late = sum(count for (hours, _), count in evidence.hours.items() if hours is None)
    zones = {hours for hours, _ in evidence.hours if hours is not None}
    usual = all(offset in (None, _KOREA) for _, offset in evidence.hours)
    if habits.zone or len(zones) != 1 or total - late < _ALIKE or late * 10 > total or (usual and zones == {_KOREA}):
        return
    [hours] = zones
    zone = _ZONES.get(hours, f"{hours:+03d}:00")
    why = f"times without an offset are {hours} hours ahead of UTC, by another time of the same message"
    yield ProposedHabit("zone", "", zone, total - late, why, sure=True)


def _charset(evidence: Evidence, habits: Habits) -> Iterator[ProposedHabit]:
    """All Hangul is in one character set, and MSH-18 names another one or none."""
    charsets = {charset for charset, _ in evidence.charsets}
    differ = sum(count for (_, named), count in evidence.charsets.items() if not named)
    if habits.charset or len(charsets) != 1 or "" in charsets or not differ:
        return
    [charset] = charsets
    total = evidence.charsets.total()
    why = f"all {total} messages with Hangul are in it, and MSH-18 does not name it in {differ}"
    yield ProposedHabit("charset", "", charset, total, why, sure=total >= _ALIKE)
