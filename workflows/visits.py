"""What follows a missed visit: an attempt to reach the person. `provider_offers` plans the next visit of the line."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.vocabulary.outcomes import Verdict
    from handoff.vocabulary.words import MilestoneName

from workflows.step import Step, Steps

STEPS: Steps = {
    MilestoneName.VISIT_MISSED: (Step(MilestoneName.NEXT_ATTEMPT, after=Verdict.MISSED),),
}
