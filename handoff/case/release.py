"""Plan lines that lose their provider by something else: a withdrawn consent, a readmission, a cancelled discharge."""

from handoff.case.messages import Milestone, MilestoneResult
from handoff.case.state import CaseState


def learn_release(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Offer the lines again whose offers the record withdrew, also one that was being written at that moment."""
    for told in result.lines:
        if not case.lines[told.line].over:
            case.lines[told.line].needs_offer(milestone.key)
