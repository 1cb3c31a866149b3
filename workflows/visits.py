"""What follows a missed visit: somebody calls. The next visit is planned in the life of its line: `provider_offers`."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.vocabulary.outcomes import Verdict
    from handoff.vocabulary.words import MilestoneName

from workflows.step import Step, Steps

STEPS: Steps = {
    MilestoneName.VISIT_MISSED: (Step(MilestoneName.NEXT_ATTEMPT, after=Verdict.MISSED),),
}
