"""Visits of a line: moved, requested, completed, missed, or not reported. When one is over, the next is planned."""

from collections.abc import Mapping
from dataclasses import replace

from handoff.case.line import Line
from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.state import NO_LINE, CaseState, Expiry, Learning, Refusal, Taken, Transition, milestone_for
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.states import LineKind, LineState
from handoff.vocabulary.words import EventKind, LimitName, MilestoneName


def visit_proposed(case: CaseState, event: CaseEvent) -> Taken:
    """The provider names another moment for a visit."""
    if (line := case.line_of(event.subject)) is None:
        return NO_LINE
    return [replace(milestone_for(event, MilestoneName.VISIT_MOVED), subject=line.visit or event.subject)]


def visit_requested(case: CaseState, event: CaseEvent) -> Taken:
    """The person needs an on-demand or stand-by service at the moment that the event names."""
    if (line := case.line_of(event.subject)) is None:
        return NO_LINE
    if line.kind not in (LineKind.ON_DEMAND, LineKind.STAND_BY) or line.state != LineState.ACCEPTED:
        return Refusal("not-on-request", f"Line {line.line} ({line.kind}, {line.state}) has no visits on request now.")
    line.asked_for, line.visit_cause = event.until or event.at, event.name
    return [milestone_for(event, MilestoneName.NOTED, why="visit-requested")]


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


def learn_visit(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Set the next visit of the line, or that the line is over or has lost its provider."""
    line = case.lines[milestone.subject]
    line.asked_for = None
    if result.verdict == Verdict.OVER:
        line.state, line.visit = LineState.COMPLETED, ""
    elif result.verdict == Verdict.LOST:  # the record has no provider who accepted the line
        line.needs_offer(milestone.key)
    elif line.state == LineState.ACCEPTED:
        line.visit = result.subject


def learn_service(case: CaseState, _milestone: Milestone, result: MilestoneResult) -> None:
    """Set that support has begun, with the first completed visit."""
    case.support_began = case.support_began or result.verdict == Verdict.COMPLETED


def report_expired(case: CaseState, visit: str, cause: str) -> MilestoneName | None:
    """Nobody reported the visit in time. The next visit is planned."""
    line = case.line_of(visit)
    if line is None or line.visit != visit:
        return None
    line.visit, line.visit_cause = "", cause
    return MilestoneName.VISIT_UNREPORTED


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.VISIT_PROPOSED: visit_proposed,
    EventKind.VISIT_REQUESTED: visit_requested,
    EventKind.VISIT_COMPLETED: visit_completed,
    EventKind.VISIT_MISSED: visit_missed,
}


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.VISIT_PLANNED: learn_visit,
    MilestoneName.VISIT_COMPLETED: learn_service,
}


EXPIRIES: Mapping[LimitName, Expiry] = {
    LimitName.VISIT_REPORT: report_expired,
}
