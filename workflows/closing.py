"""From the first service to the end of support."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.case.state import CaseState
    from handoff.vocabulary.states import Stage
    from handoff.vocabulary.words import MilestoneName
    from workflows.milestone_writer import MilestoneWriter


class Closing:
    """Services run and people look after the person until somebody ends it, or life does."""

    def __init__(self, case: CaseState, record: MilestoneWriter) -> None:
        self.case, self.record = case, record

    async def reviewed(self) -> None:
        """Once everything planned is delivered, somebody is asked what now: a new plan, or the end of support."""
        while True:
            await workflow.wait_condition(lambda: self.case.support_began or self.case.services_over)
            self.record.begin(Stage.FOLLOW_UP)
            await workflow.wait_condition(lambda: self.case.services_over and not self.case.reviewed)
            self.case.reviewed = True
            await self.record.milestone(MilestoneName.SERVICES_OVER, f"plan-{self.case.plan}")

    async def closed(self) -> None:
        """Undo what is open, tell everybody involved, stop every clock: once only, and never to be taken back."""
        await self.record.milestone(MilestoneName.CLOSED, self.case.end_told, code=self.case.end)
        self.record.begin(Stage.CLOSED)
        await workflow.wait_condition(lambda: self.record.quiet and workflow.all_handlers_finished())
