"""Plan lines that lose or keep their provider, after a withdrawn consent, a readmission or the like."""

from handoff.case.messages import Milestone, MilestoneResult
from handoff.case.state import CaseState
from handoff.vocabulary.states import LineState


def learn_release(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Return the lines whose offers the record withdrew to `planned`.

    The record may know of an offer that the workflow does not know yet, since its milestone was just being written.
    """
    for released in result.lines:
        if not case.lines[released.line].over:
            case.lines[released.line].needs_offer(milestone.key)


def learn_permission(case: CaseState, milestone: Milestone, _result: MilestoneResult) -> None:
    """Offer the lines that were held: institutions may be told about the person again."""
    for line in case.lines.values():
        if line.state == LineState.HELD:
            line.needs_offer(milestone.key)


def learn_return(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Plan a new visit for each line that kept its provider. The earlier visits were cancelled."""
    for kept in result.lines:
        line = case.lines[kept.line]
        line.visit, line.visit_cause = "", milestone.key
