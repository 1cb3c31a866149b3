"""Checks on the person: a check falls due, is made, or fails."""

from collections.abc import Mapping

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState, Expiry, Taken, Transition, milestone_for
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.words import EventKind, MilestoneName


def checked(case: CaseState, event: CaseEvent) -> Taken:
    """Somebody made the check."""
    del case
    return [milestone_for(event, MilestoneName.CHECK_COMPLETED)]


def check_failed(case: CaseState, event: CaseEvent) -> Taken:
    """The check could not be made. The next attempt follows."""
    del case
    return [milestone_for(event, MilestoneName.CHECK_FAILED)]


def check_due(_case: CaseState, _check: str, _cause: str) -> MilestoneName:
    """The planned moment of the check has come."""
    return MilestoneName.CHECK_DUE


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.CHECK_COMPLETED: checked,
    EventKind.CHECK_FAILED: check_failed,
}


EXPIRIES: Mapping[LimitName, Expiry] = {
    LimitName.CHECK: check_due,
}
