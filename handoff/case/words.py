"""Words about the whereabouts of a person: what institutions and people say of a discharge or an admission.

A stay in hospital is an institution and its own reference to it. Words of a stay are ordered by when they were written
(HL7 EVN-2, CloudEvents `time`), never by when they arrived; which moment they name is what they say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from handoff.case.dates import FACILITIES, expected
from handoff.case.messages import CaseEvent
from handoff.vocabulary.words import EventKind

NOTICES = (EventKind.DISCHARGE_NOTIFIED, EventKind.DISCHARGE_EXPECTED, EventKind.APPLICATION_RECEIVED)
OF_DISCHARGE = (*NOTICES, EventKind.DISCHARGE_CORRECTED, EventKind.DISCHARGE_CANCELLED)
OF_ADMISSION = (EventKind.ADMISSION_OCCURRED, EventKind.ADMISSION_CANCELLED)
PENDING = "expected"  # code of a cancellation that is about an expected discharge only
MOST_STAYS = 32  # of one case; more are no course of care
_FIRST_NOTICES = 8  # of one stay: a cancellation may take back some, and the next is the first one then
_AT_ONCE = 2  # words of one kind that are kept if nobody can say which of them is the newest
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class StayWord:
    """What one teller said once about one stay.

    Attributes:
        kind: an `EventKind`.
        who: the institution; "": a person of the municipality, whose word is a decision about all that is known.
        stay: keyed id of the stay; "": the teller names none.
        written: when it was written.
        within: precision of `written` in seconds; 0: it is exact.
        says: the moment that it names; None: none.
        says_within: precision of `says` in seconds; 0: to the second or closer.
        expected: it names an expected discharge, or cancels nothing but that.
        facility: its teller is a facility that discharges people.
    """

    kind: str
    who: str
    stay: str
    written: datetime
    within: int = 0
    says: datetime | None = None
    says_within: int = 0
    expected: bool = False
    facility: bool = False

    @property
    def until(self) -> datetime:
        """By when it was certainly written."""
        return self.written + timedelta(seconds=self.within)

    def says_as(self, other: "StayWord") -> bool:
        """Whether both name the same moment, at the coarser precision of the two."""
        if self.says is None or other.says is None:
            return self.says == other.says
        apart = (self.says - other.says).total_seconds()
        return apart == 0 or -self.says_within < apart < other.says_within

    def after(self, other: "StayWord") -> bool:
        """Whether it was certainly written after another word, at the coarser precision of the two."""
        return other.written < self.written and other.until <= self.written


def word_of(event: CaseEvent, before: Sequence[StayWord] = ()) -> StayWord | None:
    """What an event says about the person's whereabouts; None: nothing.

    Args:
        event: a fact or a person's action.
        before: words that the case knows. A person's decision is newer than all of them, and so is a fact that does
            not say when it was written.
    """
    if event.kind not in (*OF_DISCHARGE, *OF_ADMISSION):
        return None
    if event.kind == EventKind.DISCHARGE_CORRECTED and event.until is None:
        return None
    written = event.written
    if written is None or not event.number:
        newest = max((word.until for word in before), default=_NEVER)
        written = max(event.at, newest + timedelta(microseconds=1))
    return StayWord(
        kind=event.kind,
        who=event.who if event.number else "",
        stay=event.stay,
        written=written,
        within=event.written_within,
        says=event.until or (event.at if event.kind == EventKind.ADMISSION_OCCURRED else None),
        says_within=event.until_within if event.until else event.written_within,
        expected=_of_expected(event),
        facility=event.role in FACILITIES,
    )


def _of_expected(event: CaseEvent) -> bool:
    """Whether an event names an expected discharge, or is a cancellation that cancels nothing but one."""
    if event.kind == EventKind.DISCHARGE_CANCELLED:
        return event.code == PENDING
    return event.kind in (*NOTICES, EventKind.DISCHARGE_CORRECTED) and expected(event)


def gathered(words: Iterable[StayWord]) -> list[StayWord]:
    """The words that can still decide, in a fixed order: of each stay, the newest of each kind and the first ones.

    The first ones decide which stay a teller means that names none.
    It is a join: words may be added in any order, in any parts, and more than once.
    """
    stays: dict[tuple[str, str], set[StayWord]] = {}
    for word in words:
        stays.setdefault((word.who, word.stay), set()).add(word)
    kept = sorted(stays, key=lambda name: _weight(name, stays[name]))[:MOST_STAYS]
    return sorted((word for stay in kept for word in _of_stay(stays[stay])), key=in_order)


def _weight(name: tuple[str, str], words: set[StayWord]) -> tuple[object, ...]:
    """Which stays are kept: what people decided, then those with a notice or an admission, the first ones first."""
    begun = [word for word in words if word.kind in (*NOTICES, EventKind.ADMISSION_OCCURRED)]
    return bool(name[0]), not begun, min(map(in_order, begun), default=()), name


def _of_stay(words: set[StayWord]) -> set[StayWord]:
    groups: dict[tuple[str, bool, bool, bool], list[StayWord]] = {}
    for word in words:
        groups.setdefault((word.kind, word.expected, word.says is None, word.says_within > 0), []).append(word)
    first = [
        sorted((word for word in words if word.kind in kinds), key=in_order)
        for kinds in (OF_DISCHARGE, OF_ADMISSION, NOTICES)
    ]
    ends = {*first[0][:1], *first[1][:1], *first[2][:_FIRST_NOTICES]}
    if actual := list(filter(names_discharge, words)):
        ends.add(max(actual, key=by_moment))
    return ends.union(*map(_newest, groups.values()))


def _newest(words: list[StayWord]) -> set[StayWord]:
    """The last written, and others that may have been written as late, if they say something else."""
    last = max(words, key=in_order)
    apart = {word.says: word for word in sorted(words, key=_by_end)}
    late = sorted(apart.values(), key=_by_end)[-_AT_ONCE:]
    return {last, *(word for word in late if not last.after(word))}


def _by_end(word: StayWord) -> tuple[object, ...]:
    return word.until, in_order(word)


def names_discharge(word: StayWord) -> bool:
    """Whether a word names the moment of an actual discharge."""
    return word.says is not None and not word.expected and word.kind in (*NOTICES, EventKind.DISCHARGE_CORRECTED)


def by_moment(word: StayWord) -> tuple[object, ...]:
    """An order of words by the moments that they name."""
    return word.says or _NEVER, in_order(word)


def in_order(word: StayWord) -> tuple[object, ...]:
    """A fixed order of words: the last written is the last."""
    named = word.says or _NEVER, word.says_within, word.expected
    return word.written, word.kind, word.who, word.stay, word.within, *named, word.facility
