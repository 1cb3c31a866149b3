"""What the words about one stay in hospital say of its discharge."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handoff.case.words import NOTICES, Word, in_order
from handoff.vocabulary.words import EventKind


@dataclass(frozen=True)
class Statement:
    """What is said of the discharge from one stay.

    Attributes:
        who: the teller.
        stay: keyed id of the stay; "": the teller names none.
        facility: whether the teller is a facility that discharges people.
        begun: the first notice, also if it was taken back since; None: there is none.
        counting: the word whose moment counts; None: the discharge is cancelled.
        decided: a person decided so.
        first: the first notice that was not taken back.
        cancel: the last cancellation.
        was: the moment that the cancellation took back.
        rivals: words that say otherwise, and may have been written as late as the counting word.
    """

    who: str
    stay: str
    facility: bool
    begun: Word | None
    counting: Word | None = None
    decided: bool = False
    first: Word | None = None
    cancel: Word | None = None
    was: datetime | None = None
    rivals: tuple[Word, ...] = ()

    @property
    def actual(self) -> datetime | None:
        """The actual discharge; None: it is only expected, or cancelled."""
        return self.counting.says if self.counting and not self.counting.expected else None


def by_stay(words: Iterable[Word], kinds: Sequence[str]) -> dict[tuple[str, str], list[Word]]:
    """The words of these kinds, by teller and stay, each in the order in which they were written.

    A teller that names no stay means its only one; if it has several, the one that it told of first.
    """
    stays: dict[tuple[str, str], list[Word]] = {}
    for each in sorted(words, key=in_order):
        if each.kind in kinds:
            stays.setdefault((each.who, each.stay), []).append(each)
    for who in [who for who, stay in stays if not stay]:
        named = [about for (teller, stay), about in stays.items() if teller == who and stay]
        if named:
            meant = min(named, key=_told_first)
            meant[:] = sorted([*meant, *stays.pop((who, ""))], key=in_order)
    return stays


def statement(who: str, stay: str, words: Sequence[Word], decisions: Sequence[Word] = ()) -> Statement:
    """What the words about one stay say of its discharge.

    A cancellation takes back what was written before it; a correction does not renew the discharge. The last actual
    date counts; without one, the last expected date.

    Args:
        who: the teller.
        stay: its stay.
        words: its words about the discharge.
        decisions: what people decided. A decision replaces what was written before it.
    """
    notices = [each for each in words if each.kind in NOTICES]
    told = sorted({*words, *decisions}, key=in_order)
    cancels = [each for each in told if each.kind == EventKind.DISCHARGE_CANCELLED]
    cancel = cancels[-1] if cancels else None
    dated = [each for each in told if each.says and each not in cancels]
    made = Statement(
        who,
        stay,
        facility=any(each.facility for each in words),
        begun=notices[0] if notices else None,
        cancel=cancel,
        was=dated[-1].says if dated else None,
    )
    live = [each for each in told if each not in cancels and not (cancel and cancel.after(each))]
    decided = [each for each in live if each in decisions][-1:]
    if not live or (notices and not decided and not any(each.kind in NOTICES for each in live)):
        return made
    first = next((each for each in live if each.kind in NOTICES), None)
    counting, rivals = _last([each for each in live if not decided or each in decided or each.after(decided[0])])
    if cancel and not counting.after(cancel):
        rivals = (*rivals, cancel)
    return replace(made, counting=counting, decided=counting in decided, first=first, rivals=rivals)


def _last(live: Sequence[Word]) -> tuple[Word, tuple[Word, ...]]:
    """The last word about the date, and others that may be as new. An expected date never replaces an actual one."""
    dated = [each for each in live if each.says] or live
    sure = [each for each in dated if not each.expected] or dated
    last = [each for each in sure if not any(other.after(each) for other in sure)]
    counts = min(last, key=lambda each: (each.says or each.written, in_order(each)))
    same = [each for each in last if each.says == counts.says]
    return max(same, key=in_order), tuple(each for each in last if each.says != counts.says)


def _told_first(words: Sequence[Word]) -> tuple[object, ...]:
    notices = [each for each in words if each.kind in NOTICES]
    return not notices, in_order((notices or words)[0])
