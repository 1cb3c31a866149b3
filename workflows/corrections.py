"""What follows a correction: the same as after the right word, for a survey, a determination or a missed visit."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.vocabulary.outcomes import Verdict
    from handoff.vocabulary.states import AssessmentRoute, Eligibility
    from handoff.vocabulary.words import MilestoneName

from workflows.step import Step, Steps

STEPS: Steps = {
    MilestoneName.CORRECTED: (
        Step(MilestoneName.DETERMINATION_REQUESTED, after=AssessmentRoute.DETERMINATION),
        Step(
            MilestoneName.RESULT_TO_TELL,
            after=(AssessmentRoute.OWN_SURVEY, Eligibility.ELIGIBLE, Eligibility.NOT_ELIGIBLE),
        ),
        Step(MilestoneName.NEXT_ATTEMPT, after=Verdict.MISSED),
    ),
}
