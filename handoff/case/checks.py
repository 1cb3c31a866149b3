"""Checks on the person: due, made, failed."""

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState, Taken, milestone_for


def checked(case: CaseState, event: CaseEvent) -> Taken:
    """Somebody looked after the person."""
    del case
    return [milestone_for(event, "check_completed")]


def check_failed(case: CaseState, event: CaseEvent) -> Taken:
    """The person was not found well, or not found: the ladder of checks begins."""
    del case
    return [milestone_for(event, "check_failed")]


def check_due(_case: CaseState, _check: str, _cause: str) -> str:
    """The check's moment has come."""
    return "check_due"
