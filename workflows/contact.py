"""What follows a failed attempt to reach the person: the next attempt."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.vocabulary.outcomes import Verdict
    from handoff.vocabulary.words import MilestoneName

from workflows.step import Step, Steps

STEPS: Steps = {
    MilestoneName.CONTACT_FAILED: (Step(MilestoneName.NEXT_ATTEMPT, after=Verdict.FAILED),),
}
