"""What follows the first look at a case: the discharge may be known already."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.vocabulary.states import Eligibility
    from handoff.vocabulary.words import MilestoneName

from workflows.discharge import at_home
from workflows.step import Steps

STEPS: Steps = {
    MilestoneName.CASE_SCREENED: at_home(*Eligibility),
}
