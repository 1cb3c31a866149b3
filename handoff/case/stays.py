"""What the words about one stay in hospital say of its discharge."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handoff.case.words import NOTICES, StayWord, by_moment, in_order, names_discharge
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
    begun: StayWord | None
    counting: StayWord | None = None
    decided: bool = False
    first: StayWord | None = None
    cancel: StayWord | None = None
    was: datetime | None = None
    rivals: tuple[StayWord, ...] = ()

    @property
    def actual(self) -> datetime | None:
        """The actual discharge; None: it is only expected, or cancelled."""
        return self.counting.says if self.counting and not self.counting.expected else None


def by_stay(words: Iterable[StayWord], kinds: Sequence[str]) -> dict[tuple[str, str], list[StayWord]]:
    """The words of these kinds by teller and stay, in the order in which they were written.

    A teller that names no stay means its only one. If it has several, it means the first that it noticed, or the last
    to which it admitted the person.
    """
    stays: dict[tuple[str, str], list[StayWord]] = {}
    for word in sorted(words, key=in_order):
        if word.kind in kinds:
            stays.setdefault((word.who, word.stay), []).append(word)
    for who in [who for who, stay in stays if not stay]:
        named = [name for name in stays if name[0] == who and name[1]]
        if named:
            meant = min(named, key=lambda name: _meant(name, stays[name]))
            stays[meant] = sorted([*stays[meant], *stays.pop((who, ""))], key=in_order)
    return stays


def _meant(name: tuple[str, str], words: Sequence[StayWord]) -> tuple[object, ...]:
    """An order of stays: that of the last admission, that of the first notice, others."""
    admissions = [word for word in words if word.kind == EventKind.ADMISSION_OCCURRED]
    notices = [word for word in words if word.kind in NOTICES]
    last = -admissions[-1].written.timestamp() if admissions else 0
    return last, not notices, notices and in_order(notices[0]), name


def statement_of(who: str, stay: str, words: Sequence[StayWord], decisions: Sequence[StayWord] = ()) -> Statement:
    """What the words about one stay say of its discharge.

    A cancellation takes back what was written before it; a correction does not renew the discharge. The last actual
    date counts; without one, the last expected date.

    Args:
        who: the teller.
        stay: its stay.
        words: its words about the discharge.
        decisions: what people decided. A decision replaces what was written before it.
    """
    notices = [word for word in words if word.kind in NOTICES]
    spoken = _with_pending_cancelled(sorted({*words, *decisions}, key=in_order))
    cancels = [word for word in spoken if word.kind == EventKind.DISCHARGE_CANCELLED]
    cancel = cancels[-1] if cancels else None
    dated = [word for word in spoken if word.says and word not in cancels]
    made = Statement(
        who,
        stay,
        facility=any(word.facility for word in words),
        begun=notices[0] if notices else None,
        cancel=cancel,
        was=dated[-1].says if dated else None,
    )
    live = [word for word in spoken if word not in cancels and not (cancel and cancel.after(word))]
    decided = [word for word in live if word in decisions][-1:]
    if not live or (notices and not decided and not any(word.kind in NOTICES for word in live)):
        return made
    first = next((word for word in live if word.kind in NOTICES), None)
    counting, rivals = _last([word for word in live if not decided or word in decided or word.after(decided[0])])
    if cancel and not _renews(counting, cancel, spoken):
        rivals = (*rivals, cancel)
    return replace(made, counting=_first_said(counting, live), decided=counting in decided, first=first, rivals=rivals)


def _with_pending_cancelled(spoken: list[StayWord]) -> list[StayWord]:
    """The words without cancellations of an expected discharge, if an actual one is told that was not taken back."""
    cancels = [word for word in spoken if word.kind == EventKind.DISCHARGE_CANCELLED]
    whole = [cancel for cancel in cancels if not cancel.expected]
    left = any(names_discharge(word) and not any(cancel.after(word) for cancel in whole) for word in spoken)
    return [word for word in spoken if word not in cancels or word in whole or not left]


def _renews(counting: StayWord, cancel: StayWord, spoken: Sequence[StayWord]) -> bool:
    """Whether a word renews a cancelled discharge: it is newer, and does not go back before the cancelled date."""
    furthest = max(filter(names_discharge, spoken), key=by_moment, default=counting)
    back = counting.who and furthest.says and counting.says and counting.says < furthest.says and cancel.after(furthest)
    return counting.after(cancel) and not back


def _last(live: Sequence[StayWord]) -> tuple[StayWord, tuple[StayWord, ...]]:
    """The last word about the date, and others that may be as new. An expected date never replaces an actual one."""
    dated = [word for word in live if word.says] or live
    sure = [word for word in dated if not word.expected] or dated
    counting = max(sure, key=in_order)
    as_new = [word for word in sure if not any(other.after(word) for other in sure)]
    return counting, tuple(word for word in as_new if not word.says_as(counting))


def _first_said(counting: StayWord, live: Sequence[StayWord]) -> StayWord:
    """The word that counts, with its moment as it was told most closely. A correction that repeats a notice is as old.

    Otherwise two feeds that repeat their dates each hour would contradict each other again and again.
    """
    same = [word for word in live if word.says_as(counting) and word.expected == counting.expected]
    notices = [word for word in same if word.kind in NOTICES and counting.kind not in NOTICES]
    closest = min(same, key=lambda word: (word.says_within, word is not counting, in_order(word)))
    base = max(notices, key=in_order, default=counting)
    return replace(base, says=closest.says, says_within=closest.says_within)
