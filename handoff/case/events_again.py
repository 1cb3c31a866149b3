"""Applies what was told about the person once more: whereabouts, death, restrictions. The order is that of the record.

These words are kept nowhere else as a whole: what the case becomes depends on the set of them, never on the last one.
"""

from handoff.case.dispatch import take
from handoff.case.record_rows import RowsOfCase
from handoff.case.state import CaseState
from handoff.case.words import OF_ADMISSION, OF_DISCHARGE
from handoff.vocabulary.words import EventKind, MilestoneName

# The first survey after a return is the re-survey. A settled task may take a death or a restriction back.
OF_PERSON = frozenset(
    {
        *OF_DISCHARGE,
        *OF_ADMISSION,
        EventKind.PERSON_DIED,
        EventKind.DISCLOSURE_RESTRICTED,
        EventKind.TASK_SETTLED,
        EventKind.PRESURVEY_COMPLETED,
    }
)
_NOT_APPLIED = (MilestoneName.SET_ASIDE, MilestoneName.TOLD_AFTER_CLOSING)


def told_again(rows: RowsOfCase) -> CaseState:
    """A case that has heard nothing but these words, each when the first row that it led to was written."""
    case, heard = CaseState(rows.case.case), set[str]()
    for row in rows.timeline:
        event = rows.events.get(row.cause)
        if event is None or row.cause in heard or row.what in _NOT_APPLIED:
            continue
        heard.add(row.cause)
        if event.kind in OF_PERSON:
            take(case, event)
    return case
