"""The follow-up after the first service, and the end of the case.

When all lines are over, a person decides between a new plan and the end of support.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.case.state import CaseState
    from handoff.vocabulary.states import Stage
    from handoff.vocabulary.words import MilestoneName
    from workflows.milestone_writer import MilestoneWriter


class Closing:
    """The last steps of a case."""

    def __init__(self, case: CaseState, record: MilestoneWriter) -> None:
        self.case, self.record = case, record

    async def reviewed(self) -> None:
        """Whenever all services of the plan are over, ask a person for a new plan or the end of support."""
        while True:
            await workflow.wait_condition(lambda: self.case.support_began or self.case.services_over)
            self.record.begin(Stage.FOLLOW_UP)
            await workflow.wait_condition(lambda: self.case.services_over and not self.case.reviewed)
            self.case.reviewed = True
            again = f":{self.case.reopened_by}" if self.case.reopened_by else ""
            await self.record.milestone(MilestoneName.SERVICES_OVER, f"plan-{self.case.plan}{again}")

    async def closed(self) -> None:
        """Write the end of the case, and wait until everything is written. The end cannot be taken back."""
        await self.record.milestone(MilestoneName.CLOSED, self.case.end_told, code=self.case.end)
        self.record.begin(Stage.CLOSED)
        await workflow.wait_condition(lambda: self.record.quiet and workflow.all_handlers_finished())
