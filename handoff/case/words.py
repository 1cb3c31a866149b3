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
MOST_STAYS = 32  # of one case; more are no course of care
_AT_ONCE = 2  # words of one kind that are kept if nobody can say which of them is the newest
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Word:
    """What one teller said once about one stay.

    Attributes:
        kind: an `EventKind`.
        who: the institution; "": a person of the municipality, whose word is a decision about all that is known.
        stay: keyed id of the stay; "": the teller names none.
        written: when it was written.
        within: precision of `written` in seconds; 0: it is exact.
        says: the moment that it names; None: none.
        expected: it names an expected discharge.
        facility: its teller is a facility that discharges people.
    """

    kind: str
    who: str
    stay: str
    written: datetime
    within: int = 0
    says: datetime | None = None
    expected: bool = False
    facility: bool = False

    @property
    def until(self) -> datetime:
        """By when it was certainly written."""
        return self.written + timedelta(seconds=self.within)

    def after(self, other: "Word") -> bool:
        """Whether it was certainly written after another word, at the coarser precision of the two."""
        return other.written < self.written and other.until <= self.written


def word(event: CaseEvent, before: Sequence[Word] = ()) -> Word | None:
    """What an event says about the person's whereabouts; None: nothing.

    Args:
        event: a fact or a person's action.
        before: words that the case knows. A person decides knowing them all, so the decision is newer than they are;
            so is a fact that does not say when it was written.
    """
    if event.kind not in (*OF_DISCHARGE, *OF_ADMISSION):
        return None
    if event.kind == EventKind.DISCHARGE_CORRECTED and event.until is None:
        return None
    written = event.written
    if written is None or not event.number:
        newest = max((known.until for known in before), default=_NEVER)
        written = max(event.at, newest + timedelta(microseconds=1))
    return Word(
        kind=event.kind,
        who=event.who if event.number else "",
        stay=event.stay,
        written=written,
        within=event.written_within,
        says=event.until or (event.at if event.kind == EventKind.ADMISSION_OCCURRED else None),
        expected=event.kind in (*NOTICES, EventKind.DISCHARGE_CORRECTED) and expected(event),
        facility=event.role in FACILITIES,
    )


def gathered(words: Iterable[Word]) -> list[Word]:
    """The words that can still decide, in a fixed order: of each stay, the newest of each kind, and the first ones.

    The first ones decide which stay is meant by a teller that names none.

    It is a join: words may be added in any order, in any parts, and more than once.
    """
    stays: dict[tuple[str, str], set[Word]] = {}
    for each in words:
        stays.setdefault((each.who, each.stay), set()).add(each)
    kept = sorted(stays)[:MOST_STAYS]
    return sorted((each for stay in kept for each in _of_stay(stays[stay])), key=in_order)


def _of_stay(words: set[Word]) -> set[Word]:
    groups: dict[tuple[str, bool, bool], list[Word]] = {}
    for each in words:
        groups.setdefault((each.kind, each.expected, each.says is None), []).append(each)
    told = [[each for each in words if each.kind in kinds] for kinds in (NOTICES, OF_DISCHARGE, OF_ADMISSION)]
    first = {min(each, key=in_order) for each in told if each}
    return first.union(*map(_newest, groups.values()))


def _newest(words: list[Word]) -> set[Word]:
    """The last written, and those that may have been written as late."""
    last = max(words, key=in_order)
    late = sorted(words, key=lambda each: (each.until, in_order(each)), reverse=True)[:_AT_ONCE]
    return {last, *(each for each in late if not last.after(each))}


def in_order(each: Word) -> tuple[object, ...]:
    """A fixed order of words: the last written is the last."""
    return each.written, each.kind, each.who, each.stay, each.within, each.says or _NEVER, each.expected, each.facility
