"""From consent to a known need."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.case.state import CaseState
    from handoff.vocabulary.states import AssessmentRoute, Eligibility, Stage
    from handoff.vocabulary.words import MilestoneName
    from workflows.milestone_writer import MilestoneWriter

from workflows.step import Step, Steps


class Assessment:
    """The needs are assessed; it may happen in the ward, before the discharge."""

    def __init__(self, case: CaseState, record: MilestoneWriter) -> None:
        self.case, self.record = case, record

    async def requested(self) -> None:
        """The community centre is asked for its survey, unless its word or the insurer's is here already."""
        await workflow.wait_condition(lambda: self._eligible_as_far_as_known() and self.case.may_disclose)
        if self.case.stage == Stage.CONSENT and not self.case.assessed:
            self.record.begin(Stage.ASSESSMENT)
            await self.record.milestone(MilestoneName.ASSESSMENT_REQUESTED, "consented")

    async def done(self) -> None:
        """By the survey's score the insurer determines, or nobody has to."""
        await workflow.wait_condition(lambda: self.case.assessed == Eligibility.ELIGIBLE)

    def _eligible_as_far_as_known(self) -> bool:
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
