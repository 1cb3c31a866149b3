"""Whether a word that names no stay is about another stay in hospital than those of a case, by its own moments."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handoff.fact import Discharge
from handoff.vocabulary.words import EventKind

_A_DAY = timedelta(days=1)  # moments of admission are often told to the day
_OF_DISCHARGE = frozenset(
    {
        EventKind.DISCHARGE_NOTIFIED,
        EventKind.DISCHARGE_EXPECTED,
        EventKind.DISCHARGE_CORRECTED,
        EventKind.DISCHARGE_CANCELLED,
    }
)
KINDS = _OF_DISCHARGE | {EventKind.ADMISSION_CANCELLED}  # an admission names itself: the case compares its moment


@dataclass
class KnownStays:
    """What the words of a case say of its stays.

    Attributes:
        first: admissions that its notices named.
        again: admissions that were told as such.
    """

    first: set[datetime] = field(default_factory=set)
    again: set[datetime] = field(default_factory=set)

    def add(self, kind: str, stay: Discharge | None, occurred_at: datetime) -> None:
        """Add what a numbered word says."""
        begun = stay.admitted_at if stay else None
        if kind == EventKind.ADMISSION_OCCURRED:
            self.again.add(begun or occurred_at)
        elif begun and kind in (EventKind.DISCHARGE_NOTIFIED, EventKind.DISCHARGE_EXPECTED):
            self.first.add(begun)


def another_stay(kind: str, stay: Discharge, of_case: KnownStays, discharged_at: datetime | None) -> bool:
    """Whether a word of this kind names the moments of a stay that the case does not know.

    Args:
        kind: of the word, which names no stay.
        stay: its moments.
        of_case: the stays of the case.
        discharged_at: the discharge of the case; None: it is still expected.
    """
    if kind not in KINDS:
        return False
    if stay.admitted_at is None:
        return _left_before(stay, of_case.first) if kind in _OF_DISCHARGE else False
    if _is_one_of(stay.admitted_at, of_case.first | of_case.again):
        return False
    if kind == EventKind.ADMISSION_CANCELLED:
        return bool(of_case.again)
    if of_case.first:
        return True
    return discharged_at is not None and stay.admitted_at - discharged_at >= _A_DAY


def _is_one_of(moment: datetime, moments: Collection[datetime]) -> bool:
    return any(abs(moment - one) < _A_DAY for one in moments)


def _left_before(stay: Discharge, admissions: Collection[datetime]) -> bool:
    """Whether it names a discharge before the first admission that the notices name."""
    left = stay.discharged_at or stay.expected_at
    return bool(left and admissions and min(admissions) - left >= _A_DAY)
