"""Checks on the person: due, made, failed."""

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState, Taken, milestone_for
from handoff.vocabulary.words import MilestoneName


def checked(case: CaseState, event: CaseEvent) -> Taken:
    """Somebody looked after the person."""
    del case
    return [milestone_for(event, MilestoneName.CHECK_COMPLETED)]


def check_failed(case: CaseState, event: CaseEvent) -> Taken:
    """The person was not found well, or not found: the ladder of checks begins."""
    del case
    return [milestone_for(event, MilestoneName.CHECK_FAILED)]


def check_due(_case: CaseState, _check: str, _cause: str) -> MilestoneName:
    """The check's moment has come."""
    return MilestoneName.CHECK_DUE
