"""The assessment of needs: the pre-survey is requested, and the workflow waits for the result.

The result comes from our own survey, or from the insurer's determination.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.case.state import CaseState
    from handoff.vocabulary.states import AssessmentRoute, Eligibility, Stage
    from handoff.vocabulary.words import MilestoneName
    from workflows.milestone_writer import MilestoneWriter

from workflows.step import Step, Steps


class Assessment:
    """The steps of the assessment. It may take place in the ward, before the discharge."""

    def __init__(self, case: CaseState, record: MilestoneWriter) -> None:
        self.case, self.record = case, record

    async def requested(self) -> None:
        """Request the pre-survey from the community centre, unless a survey or a determination has come before."""
        await workflow.wait_condition(lambda: self._may_be_eligible() and self.case.may_disclose)
        if self.case.stage == Stage.CONSENT and not self.case.assessed:
            self.record.begin(Stage.ASSESSMENT)
            await self.record.milestone(MilestoneName.ASSESSMENT_REQUESTED, "consented")

    async def done(self) -> None:
        """Wait until the assessment is done, and the person is eligible."""
        await workflow.wait_condition(lambda: self.case.assessed == Eligibility.ELIGIBLE)

    def _may_be_eligible(self) -> bool:
        return self.case.eligibility != Eligibility.NOT_ELIGIBLE or bool(self.case.route)


STEPS: Steps = {
    MilestoneName.PRESURVEY_RECORDED: (
        Step(MilestoneName.DETERMINATION_REQUESTED, after=AssessmentRoute.DETERMINATION),
        Step(MilestoneName.RESULT_TO_TELL, after=AssessmentRoute.OWN_SURVEY),
    ),
    MilestoneName.DETERMINATION_RECORDED: (
        Step(MilestoneName.RESULT_TO_TELL, after=(Eligibility.ELIGIBLE, Eligibility.NOT_ELIGIBLE)),
    ),
}
