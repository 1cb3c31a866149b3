"""Appointments: the next visit of a line is planned, moved, or requested."""

from collections.abc import Mapping
from dataclasses import replace

from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.state import NO_LINE, CaseState, Learning, Refusal, Taken, Transition, milestone_for
from handoff.subjects import is_visit
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.states import LineKind, LineState
from handoff.vocabulary.words import EventKind, MilestoneName


def visit_proposed(case: CaseState, event: CaseEvent) -> Taken:
    """The provider names the moment of a visit, or of the next visit of an offer or a line."""
    if (line := case.line_of(event.subject)) is None:
        return NO_LINE
    of_visit = is_visit(event.subject)
    subject = event.subject if of_visit else line.visit or event.subject
    return [replace(milestone_for(event, MilestoneName.VISIT_MOVED), subject=subject)]


def visit_requested(case: CaseState, event: CaseEvent) -> Taken:
    """The person needs an on-demand or stand-by service at the moment that the event names."""
    if (line := case.line_of(event.subject)) is None:
        return NO_LINE
    if line.kind not in (LineKind.ON_DEMAND, LineKind.STAND_BY) or line.state != LineState.ACCEPTED:
        return Refusal("not-on-request", f"Line {line.line} ({line.kind}, {line.state}) has no visits on request now.")
    line.asked_for, line.visit_cause = event.until or event.at, event.name
    return [milestone_for(event, MilestoneName.NOTED, why="visit-requested")]


def learn_visit(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Set the next visit of the line, or that the line is over or has lost its provider."""
    line = case.lines[milestone.subject]
    line.asked_for = None
    if result.verdict == Verdict.OVER:
        line.state, line.visit = LineState.COMPLETED, ""
    elif result.verdict == Verdict.LOST:  # the record has no provider who accepted the line
        line.needs_offer(milestone.key)
    elif result.verdict == Verdict.TO_BE_NAMED:
        line.awaits_name = True
    elif line.state == LineState.ACCEPTED:
        line.visit = result.subject


def learn_move(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Plan the first visit of a line, if it was asked for and is named now."""
    line = case.line_of(milestone.subject)
    if line and line.awaits_name and result.verdict == Verdict.NAMED:
        line.awaits_name, line.visit_cause = False, milestone.key


def learn_rhythm(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Forget the next visit of the line if no date of the new rhythm is left for it."""
    if result.verdict == Verdict.CHANGED:
        case.forget_visit(result.subject, milestone.key)


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.VISIT_PROPOSED: visit_proposed,
    EventKind.VISIT_REQUESTED: visit_requested,
}


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.VISIT_PLANNED: learn_visit,
    MilestoneName.VISIT_MOVED: learn_move,
    MilestoneName.RHYTHM_CHANGED: learn_rhythm,
}
