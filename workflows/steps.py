"""The steps of all behaviours: which milestones follow a milestone in the same moment."""

from handoff.case.messages import Milestone
from workflows import (
    assessment,
    checks,
    contact,
    corrections,
    discharge,
    plans,
    provider_offers,
    readmission,
    screening,
    visits,
)
from workflows.step import Steps, with_steps

# The rows of each behaviour are in its own module.
STEPS: Steps = {
    **screening.STEPS,
    **contact.STEPS,
    **assessment.STEPS,
    **plans.STEPS,
    **provider_offers.STEPS,
    **visits.STEPS,
    **checks.STEPS,
    **discharge.STEPS,
    **readmission.STEPS,
    **corrections.STEPS,
}


def stepped(milestone: Milestone) -> list[Milestone]:
    """A milestone and its steps."""
    return with_steps(milestone, STEPS)
