"""What follows the screening: the deadlines and checks after the discharge, if the person is discharged already."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.vocabulary.states import Eligibility
    from handoff.vocabulary.words import MilestoneName

from workflows.discharge import at_home
from workflows.step import Steps

STEPS: Steps = {
    MilestoneName.CASE_SCREENED: at_home(*Eligibility),
}
