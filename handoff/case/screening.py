"""The first look at a case: eligibility."""

from handoff.case.messages import Milestone, MilestoneResult
from handoff.case.state import CaseState


def learn_screening(case: CaseState, _milestone: Milestone, result: MilestoneResult) -> None:
    """Take in the eligibility."""
    case.eligibility = result.verdict
