"""Plan lines that lose their provider because of a withdrawn consent, a readmission or a cancelled discharge."""

from handoff.case.messages import Milestone, MilestoneResult
from handoff.case.state import CaseState


def learn_release(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Return the lines whose offers the record withdrew to `planned`.

    The record may know of an offer that the workflow does not know yet, since its milestone was just being written.
    """
    for released in result.lines:
        if not case.lines[released.line].over:
            case.lines[released.line].needs_offer(milestone.key)
