"""What follows a return from hospital: the deadlines and checks after the new discharge, and the re-survey."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.vocabulary.outcomes import Verdict
    from handoff.vocabulary.words import MilestoneName

from workflows.discharge import at_home
from workflows.step import Step, Steps

STEPS: Steps = {
    MilestoneName.RESUMED: (
        *at_home(Verdict.RESUMED),
        Step(MilestoneName.RESURVEY_REQUESTED, after=Verdict.RESUMED),
    ),
}
