"""Where the person is: one answer for a set of words, whatever the order in which they came (DOMAIN §2, 1 and 3 to 8).

A word changes the stay that it is about, and no other. The discharge of a case is that of one stay: of the facility
that wrote the first notice, else of the first teller. An admission after it begins a readmission, and the discharge
that follows is the return.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from handoff.case.stays import Statement, by_stay, statement_of
from handoff.case.words import OF_ADMISSION, OF_DISCHARGE, StayWord, in_order
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
    contradictions: tuple[StayWord, ...] = ()


@dataclass(frozen=True)
class _Beside:
    """What is known beside the stay whose discharge counts.

    Attributes:
        others: what is said of other stays.
        admissions: those that are not taken back, by the moments that they name.
        decision: the last that a person decided about the discharge.
    """

    others: Sequence[Statement]
    admissions: Sequence[StayWord]
    decision: StayWord | None


def whereabouts(words: Iterable[StayWord]) -> Whereabouts:
    """Where the person is by these words. Their order means nothing."""
    words = frozenset(words)
    decisions = sorted((word for word in words if not word.who and word.kind in OF_DISCHARGE), key=in_order)
    decision = decisions[-1] if decisions else None
    stays = {name: about for name, about in by_stay(words, OF_DISCHARGE).items() if name[0]}
    statements = [statement_of(who, stay, about) for (who, stay), about in stays.items()]
    first = _first(statements, decision)
    if first is None:
        return Whereabouts()
    beside = _Beside([other for other in statements if other is not first], _admissions(words), decision)
    counting = statement_of(first.who, first.stay, stays[first.who, first.stay], decisions)
    return _course(counting if counting.counting else _instead(counting, beside), beside)


def _rank(stay: Statement) -> tuple[object, ...]:
    """Whose discharge counts: one with a date, a facility's, a notice before an application, then the first one."""
    begun = stay.begun
    undated = stay.counting is not None and stay.counting.says is None
    applied = begun is None or begun.kind == EventKind.APPLICATION_RECEIVED
    return undated, not stay.facility, applied, begun and in_order(begun)


def _first(statements: Sequence[Statement], decision: StayWord | None) -> Statement | None:
    """The stay whose discharge counts, before readmissions: the first one, or the one that a person decided for."""
    noticed = sorted((stay for stay in statements if stay.begun), key=_rank)
    for stay in noticed:
        if decision and decision.says and stay.facility and stay.counting and stay.counting.says_as(decision):
            return stay
    return noticed[0] if noticed else None


def _instead(cancelled: Statement, beside: _Beside) -> Statement:
    """What counts instead of a cancelled discharge: that of a later stay, or the next that was told of."""
    before = [decided for decided in (beside.decision, cancelled.cancel) if decided]
    left = []
    for stay in beside.others:
        word = stay.counting
        if stay.begun is None or word is None or word.says in (None, cancelled.was):
            continue
        begun = [_begins(begun) for begun in beside.admissions if (begun.who, begun.stay) == (stay.who, stay.stay)]
        of_later_stay = (
            cancelled.was and stay.actual and any(cancelled.was <= begins <= stay.actual for begins in begun)
        )
        if of_later_stay or all(map(word.after, before)):
            left.append(stay)
    return min(left, key=_rank, default=cancelled)


def _admissions(words: Iterable[StayWord]) -> list[StayWord]:
    """The admissions that are not taken back, by the moments that they name."""
    left = []
    for about in by_stay(words, OF_ADMISSION).values():
        begun = [word for word in about if word.kind == EventKind.ADMISSION_OCCURRED]
        if begun and not any(word.written >= begun[-1].written for word in about if word not in begun):
            left.append(begun[-1])
    return sorted(left, key=lambda word: (_begins(word), in_order(word)))


def _begins(admission: StayWord) -> datetime:
    return admission.says or admission.written


def _since(admission: StayWord, discharge: StayWord) -> datetime | None:
    """When an admission began that lies after a discharge; None: it lies before.

    If the moments that they name cannot be compared, it lies after if it was written after.
    """
    if admission.says != discharge.says and admission.says_as(discharge):
        return admission.written if admission.after(discharge) else None
    begun = _begins(admission)
    return begun if discharge.says and discharge.says <= begun else None


def _course(first: Statement, beside: _Beside) -> Whereabouts:
    """Discharge, readmission, return, and so on."""
    counting, left = first, list(beside.admissions)
    returned = _returned_in_one_stay(first, left)
    while counting.counting and counting.actual:
        later = [(begun, word) for word in left if (begun := _since(word, counting.counting))]
        if not later:
            break
        begun, readmission = min(later, key=lambda pair: (pair[0], in_order(pair[1])))
        left = [word for _, word in later]
        back = [stay for stay in beside.others if stay is not counting and _returns(stay, (begun, readmission), left)]
        if not back:
            return _result(counting, beside, returned, begun)
        returned, counting = begun, min(back, key=_rank)
        left.remove(readmission)
    return _result(counting, beside, returned, None)


def _returned_in_one_stay(stay: Statement, admissions: Sequence[StayWord]) -> datetime | None:
    """When the readmission began whose end was told without another reference, or by a person."""
    begun = stay.first.says if stay.first else None
    if begun is None or stay.actual is None or not begun < stay.actual:
        return None
    own = [word for word in admissions if stay.decided or (word.who == stay.who and word.stay in ("", stay.stay))]
    return max((_begins(word) for word in own if begun <= _begins(word) < stay.actual), default=None)


def _returns(stay: Statement, first: tuple[datetime, StayWord], later: Sequence[StayWord]) -> bool:
    """Whether a discharge ends one of these readmissions.

    A teller that named its stay ends that stay only. A facility does not end a readmission to another one.
    """
    word, (begun, readmission) = stay.counting, first
    if word is None or word.says is None or word.expected or stay.begun is None:
        return False
    if word.says < begun and not (word.says_as(readmission) and word.after(readmission)):
        return False
    own = {admission.stay for admission in later if admission.who == stay.who}
    if not own:
        return not stay.facility or not any(admission.facility for admission in later)
    return stay.stay in own or not stay.stay or "" in own


def _result(
    counting: Statement, beside: _Beside, returned: datetime | None, admitted_at: datetime | None
) -> Whereabouts:
    word = counting.counting
    cancelled = "" if word else Standing.DISCHARGE_CANCELLED
    others = _otherwise(word, counting, beside) if word else _not_cancelled(beside)
    admitting = {admission.who for admission in beside.admissions}
    now = [
        other
        for other in others
        if other.says is None
        or (
            (returned is None or returned <= other.says)
            and (admitted_at is None or other.says < admitted_at or other.who not in admitting)
        )
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


def _otherwise(word: StayWord, counting: Statement, beside: _Beside) -> list[StayWord]:
    """Words of other stays that say otherwise than the one that counts, and are not older."""
    spoken = [says for other in beside.others if other is not counting and (says := _says(other, counting))]
    return [other for other in spoken if not word.after(other) and _differs(other, word)]


def _not_cancelled(beside: _Beside) -> list[StayWord]:
    """Discharges from other stays, if the one that counts is cancelled."""
    others = [other for other in beside.others if other.facility and other.begun]
    words = [other.counting for other in others if other.counting]
    return [word for word in words if beside.decision is None or word.after(beside.decision)]


def _says(other: Statement, counting: Statement) -> StayWord | None:
    """What another stay's teller says of this discharge. A facility's words are about its own stay."""
    if other.facility and other.begun is None and counting.facility:
        return None
    if other.counting or (other.facility and other.begun):
        return other.counting
    return other.cancel


def _differs(other: StayWord, counting: StayWord) -> bool:
    if other.kind == EventKind.DISCHARGE_CANCELLED:
        return True
    if other.says is None or other.kind == EventKind.APPLICATION_RECEIVED or (other.expected and not counting.expected):
        return False
    return not other.says_as(counting)
