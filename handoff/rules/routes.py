"""The route after the pre-survey, from the municipality's decision table."""

from handoff.profile.model import Profile
from handoff.vocabulary.states import AssessmentRoute


def route(score: int, profile: Profile) -> AssessmentRoute:
    """The route for a pre-survey score: guide elsewhere and close, own survey, or determination by the NHIS.

    Raises:
        ValueError: no row of the table has the score.
    """
    for row in profile.routes:
        if row.from_score <= score and (row.to_score is None or score <= row.to_score):
            return row.code
    raise ValueError(f"the decision table has no row for score {score}")
