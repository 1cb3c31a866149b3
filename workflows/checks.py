"""What follows a check: after one that was made, the next check; after one that failed, the next attempt."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.vocabulary.outcomes import Verdict
    from handoff.vocabulary.words import MilestoneName

from workflows.step import Step, Steps

STEPS: Steps = {
    MilestoneName.CHECK_COMPLETED: (Step(MilestoneName.NEXT_CHECK_PLANNED, after=Verdict.COMPLETED),),
    MilestoneName.CHECK_FAILED: (Step(MilestoneName.NEXT_ATTEMPT, after=Verdict.FAILED),),
}
