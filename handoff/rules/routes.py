"""Where the pre-survey leads: the municipality's decision table."""

from handoff.profile.model import Profile
from handoff.vocabulary.states import AssessmentRoute


def route(score: int, profile: Profile) -> AssessmentRoute:
    """The route of a pre-survey score: guide elsewhere and close, survey ourselves, or ask the NHIS to determine.

    Raises:
        ValueError: for a score below the table.
    """
    for row in profile.routes:
        if row.from_score <= score and (row.to_score is None or score <= row.to_score):
            return row.code
    raise ValueError(f"the decision table has no row for score {score}")
