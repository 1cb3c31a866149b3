"""Visits of a line: completed, missed, or not reported. When one is over, the next is planned."""

from collections.abc import Mapping

from handoff.case.line import Line
from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.state import NO_LINE, CaseState, Expiry, Learning, Taken, Transition, milestone_for
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.words import EventKind, MilestoneName


def visit_completed(case: CaseState, event: CaseEvent) -> Taken:
    """A service was delivered. The next visit follows."""
    if (line := case.line_of(event.subject)) is None:
        return NO_LINE
    _visit_over(line, event)
    return [milestone_for(event, MilestoneName.VISIT_COMPLETED)]


def visit_missed(case: CaseState, event: CaseEvent) -> Taken:
    """The visit did not take place. An attempt to reach the person follows and, for regular visits, another visit."""
    if (line := case.line_of(event.subject)) is None:
        return NO_LINE
    _visit_over(line, event)
    return [milestone_for(event, MilestoneName.VISIT_MISSED)]


def _visit_over(line: Line, event: CaseEvent) -> None:
    if line.visit == event.subject:
        line.visit, line.visit_cause = "", event.name
        line.asked_for = None


def learn_service(case: CaseState, _milestone: Milestone, result: MilestoneResult) -> None:
    """Set that support has begun, with the first completed visit."""
    case.support_began = case.support_began or result.verdict == Verdict.COMPLETED


def report_expired(case: CaseState, visit: str, cause: str) -> MilestoneName | None:
    """Nobody reported the visit in time, or it is confirmed by the week. The next visit is planned."""
    line = case.line_of(visit)
    if line is None or line.visit != visit:
        return None
    line.visit, line.visit_cause = "", cause
    return MilestoneName.VISIT_UNREPORTED


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.VISIT_COMPLETED: visit_completed,
    EventKind.VISIT_MISSED: visit_missed,
}


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.VISIT_COMPLETED: learn_service,
}


EXPIRIES: Mapping[LimitName, Expiry] = {
    LimitName.VISIT_REPORT: report_expired,
    LimitName.VISIT_END: report_expired,
}
