"""Which stay in hospital an event is about. A word about another stay does not change this discharge (DOMAIN §2).

An institution names a stay by its own reference, so stays are compared only with those that it told itself.
"""

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState


def of_another_stay(case: CaseState, event: CaseEvent) -> bool:
    """Whether the event names another stay than the one whose discharge its sender told."""
    return _differs(case.stays.get(event.who, ""), event.stay)


def of_another_admission(case: CaseState, event: CaseEvent) -> bool:
    """Whether the event names another stay than the one to which its sender told the readmission."""
    return _differs(case.admissions.get(event.who, ""), event.stay)


def note_stay(case: CaseState, event: CaseEvent) -> None:
    """From now on, the discharge of the case is that of the stay that the event names."""
    if event.stay:
        case.stays[event.who] = event.stay


def _differs(stay: str, named: str) -> bool:
    return bool(stay and named) and stay != named
