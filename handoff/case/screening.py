"""Screening: whether the person is eligible, as far as the first notice shows."""

from collections.abc import Mapping

from handoff.case.messages import Milestone, MilestoneResult
from handoff.case.state import CaseState, Learning
from handoff.vocabulary.words import MilestoneName


def learn_screening(case: CaseState, _milestone: Milestone, result: MilestoneResult) -> None:
    """Set the eligibility."""
    case.eligibility = result.verdict


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.CASE_SCREENED: learn_screening,
}
