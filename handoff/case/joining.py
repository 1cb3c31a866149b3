"""Two cases of one person become one: one ends with the outcome `joined`, the other one takes over its open lines.

Intake has checked that they may be joined, and has told both of it in one transaction. So neither refuses.
"""

from collections.abc import Mapping

from handoff.case.line import line_from
from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.state import CaseState, Learning, Taken, Transition, milestone_for
from handoff.vocabulary.words import EventKind, MilestoneName

JOINED = "outcome-joined"  # before or after support began: support goes on, and is counted, in the other case


def joined(case: CaseState, event: CaseEvent) -> Taken:
    """End the case at once, whatever it waits for. The code of the event is the case that goes on."""
    case.end, case.end_told, case.ended_at = JOINED, event.name, event.occurred
    return [milestone_for(event, MilestoneName.CASE_JOINED)]


def absorbed(_case: CaseState, event: CaseEvent) -> Taken:
    """Take over the open lines of the case that the event names. The record knows which they are."""
    return [milestone_for(event, MilestoneName.CASE_ABSORBED)]


def learn_lines(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Offer the lines that the record has added, and those of the case that the record wants offered once more."""
    for recorded in result.lines:
        if line := case.lines.get(recorded.line):
            line.needs_offer(milestone.key)
        else:
            case.lines[recorded.line] = line_from(recorded, milestone.key)
    if result.lines:
        case.reviewed, case.reopened_by = False, milestone.key


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.CASE_JOINED: joined,
    EventKind.CASE_ABSORBED: absorbed,
}

RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.CASE_ABSORBED: learn_lines,
}
