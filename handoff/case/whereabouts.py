"""Where the person is: one answer for a set of words, whatever the order in which they came (DOMAIN §2, 1 and 3 to 8).

A word changes the stay that it is about, and no other. The discharge of a case is that of one stay: of the facility
that wrote the first notice, else of the first teller. An admission after it begins a readmission, and the discharge
that follows is the return.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from handoff.case.stays import Statement, by_stay, statement
from handoff.case.words import OF_ADMISSION, OF_DISCHARGE, Word, in_order
from handoff.vocabulary.states import Standing
from handoff.vocabulary.words import EventKind


@dataclass(frozen=True)
class Whereabouts:
    """Where the person is. Unless something stands against it: at home since `discharged_at`, else still in hospital.

    Attributes:
        stands: the discharge is cancelled, or the person is readmitted.
        discharged_at: the last actual discharge that counts, also during a readmission.
        expected_at: the expected discharge; None: unknown, or the discharge is actual.
        admitted_at: when the readmission began.
        returned: when the readmission began that the discharge ended; None: it is the first discharge.
        teller: the institution whose discharge it is.
        stay: its stay.
        facility: the same institution, if it is a facility that discharges people.
        contradictions: words that contradict the one that counts, and are not older. A person has to decide.
    """

    stands: str = ""
    discharged_at: datetime | None = None
    expected_at: datetime | None = None
    admitted_at: datetime | None = None
    returned: datetime | None = None
    teller: str = ""
    stay: str = ""
    facility: str = ""
    contradictions: tuple[Word, ...] = ()


@dataclass(frozen=True)
class _Known:
    """What is known beside the stay whose discharge counts.

    Attributes:
        others: what is said of other stays.
        admissions: those that are not taken back, by the moments that they name.
        decision: the last that a person decided about the discharge.
    """

    others: Sequence[Statement]
    admissions: Sequence[Word]
    decision: Word | None


def whereabouts(words: Iterable[Word]) -> Whereabouts:
    """Where the person is by these words. Their order means nothing."""
    told = frozenset(words)
    decisions = sorted((each for each in told if not each.who and each.kind in OF_DISCHARGE), key=in_order)
    decision = decisions[-1] if decisions else None
    stays = {name: about for name, about in by_stay(told, OF_DISCHARGE).items() if name[0]}
    said = [statement(who, stay, about) for (who, stay), about in stays.items()]
    first = _first(said, decision)
    if first is None:
        return Whereabouts()
    known = _Known([each for each in said if each is not first], _admissions(told), decision)
    counting = statement(first.who, first.stay, stays[first.who, first.stay], decisions)
    return _course(counting if counting.counting else _instead(counting, known), known)


def _rank(said: Statement) -> tuple[object, ...]:
    """Whose discharge counts: one with a date, a facility's, a notice before an application, then the first one."""
    begun = said.begun
    undated = said.counting is not None and said.counting.says is None
    applied = begun is None or begun.kind == EventKind.APPLICATION_RECEIVED
    return undated, not said.facility, applied, begun and in_order(begun)


def _first(said: Sequence[Statement], decision: Word | None) -> Statement | None:
    """The stay whose discharge counts, before readmissions: the first one, or the one that a person decided for."""
    noticed = sorted((each for each in said if each.begun), key=_rank)
    for each in noticed:
        if decision and decision.says and each.facility and each.counting and each.counting.says == decision.says:
            return each
    return noticed[0] if noticed else None


def _instead(cancelled: Statement, known: _Known) -> Statement:
    """The discharge that counts instead of a cancelled one: one that ended a later stay, or was told of afterwards."""
    before = [word for word in (known.decision, cancelled.cancel) if word]
    left = []
    for each in known.others:
        told = each.counting
        if each.begun is None or told is None or told.says in (None, cancelled.was):
            continue
        begun = [_begins(word) for word in known.admissions if (word.who, word.stay) == (each.who, each.stay)]
        of_later_stay = (
            cancelled.was and each.actual and any(cancelled.was <= begins <= each.actual for begins in begun)
        )
        if of_later_stay or all(map(told.after, before)):
            left.append(each)
    return min(left, key=_rank, default=cancelled)


def _admissions(told: Iterable[Word]) -> list[Word]:
    """The admissions that are not taken back, by the moments that they name."""
    left = []
    for words in by_stay(told, OF_ADMISSION).values():
        begun = [each for each in words if each.kind == EventKind.ADMISSION_OCCURRED]
        if begun and not any(each.written >= begun[-1].written for each in words if each not in begun):
            left.append(begun[-1])
    return sorted(left, key=lambda each: (_begins(each), in_order(each)))


def _begins(admission: Word) -> datetime:
    return admission.says or admission.written


def _course(first: Statement, known: _Known) -> Whereabouts:
    """Discharge, readmission, return, and so on."""
    counting, admissions = first, list(known.admissions)
    returned = _returned_in_one_stay(first, admissions)
    while counting.actual and (later := [each for each in admissions if _begins(each) >= counting.actual]):
        back = [each for each in known.others if each is not counting and _returns(each, later)]
        if not back:
            return _result(counting, known, returned, _begins(later[0]))
        returned, counting = _begins(later[0]), min(back, key=_rank)
        admissions = [each for each in later if each is not later[0]]
    return _result(counting, known, returned, None)


def _returned_in_one_stay(said: Statement, admissions: Sequence[Word]) -> datetime | None:
    """When the readmission began whose end was told without another reference, or by a person."""
    begun = said.first.says if said.first else None
    if begun is None or said.actual is None or not begun < said.actual:
        return None
    own = [each for each in admissions if said.decided or (each.who == said.who and each.stay in ("", said.stay))]
    return max((_begins(each) for each in own if begun <= _begins(each) <= said.actual), default=None)


def _returns(said: Statement, later: Sequence[Word]) -> bool:
    """Whether a discharge ends one of these readmissions. A teller that named its stay ends that stay only."""
    if said.actual is None or said.begun is None or said.actual < _begins(later[0]):
        return False
    own = {each.stay for each in later if each.who == said.who and each.stay}
    return not (own and said.stay) or said.stay in own


def _result(counting: Statement, known: _Known, returned: datetime | None, admitted_at: datetime | None) -> Whereabouts:
    word = counting.counting
    cancelled = "" if word else Standing.DISCHARGE_CANCELLED
    others = _otherwise(word, counting, known) if word else _not_cancelled(known)
    now = [
        each
        for each in others
        if each.says is None
        or ((returned is None or returned <= each.says) and (admitted_at is None or each.says < admitted_at))
    ]
    return Whereabouts(
        stands=Standing.READMITTED if admitted_at else cancelled,
        discharged_at=counting.actual,
        expected_at=word.says if word and word.expected else None,
        admitted_at=admitted_at,
        returned=returned,
        teller=counting.who,
        stay=counting.stay,
        facility=counting.who if counting.facility else "",
        contradictions=tuple(sorted({*counting.rivals, *now}, key=in_order)),
    )


def _otherwise(word: Word, counting: Statement, known: _Known) -> list[Word]:
    """Words of other stays that say otherwise than the one that counts, and are not older."""
    said = [told for each in known.others if each is not counting and (told := _says(each, counting))]
    return [each for each in said if not word.after(each) and _differs(each, word)]


def _not_cancelled(known: _Known) -> list[Word]:
    """Discharges from other stays, if the one that counts is cancelled."""
    said = [each.counting for each in known.others if each.facility and each.begun and each.counting]
    return [each for each in said if known.decision is None or each.after(known.decision)]


def _says(other: Statement, counting: Statement) -> Word | None:
    """What another stay's teller says of this discharge. A facility's words are about its own stay."""
    if other.facility and other.begun is None and counting.facility:
        return None
    if other.counting or (other.facility and other.begun):
        return other.counting
    return other.cancel


def _differs(told: Word, counting: Word) -> bool:
    if told.kind == EventKind.DISCHARGE_CANCELLED:
        return True
    if told.says is None or told.kind == EventKind.APPLICATION_RECEIVED or (told.expected and not counting.expected):
        return False
    return told.says != counting.says
