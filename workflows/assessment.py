"""From consent to a known need."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.case.state import CaseState
    from workflows.milestone_writer import MilestoneWriter


class Assessment:
    """Somebody obtains consent, then the needs are assessed; it may happen in the ward, before the discharge."""

    def __init__(self, case: CaseState, record: MilestoneWriter) -> None:
        self.case, self.record = case, record

    async def consented(self) -> None:
        """The gate: no consent, no disclosure to anyone."""
        await workflow.wait_condition(lambda: self.case.eligibility != "" and self.case.may_disclose)

    async def done(self) -> None:
        """The community centre surveys; by its score the insurer determines, or nobody has to."""
        await workflow.wait_condition(lambda: self._eligible_as_far_as_known() and self.case.may_disclose)
        if self.case.stage == "consent" and not self.case.assessed:
            self.record.begin("assessment")
            await self.record.milestone("assessment_requested", "consented")
        await workflow.wait_condition(lambda: self.case.assessed == "eligible")

    def _eligible_as_far_as_known(self) -> bool:
        return self.case.eligibility != "not-eligible" or bool(self.case.route)
