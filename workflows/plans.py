"""The steps of a plan: the workflow waits until the deciding body has approved a version, then for later changes."""

from dataclasses import replace

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.case.dispatch import take
    from handoff.case.state import CaseState
    from handoff.vocabulary.outcomes import Verdict
    from handoff.vocabulary.states import PlanState, Stage
    from handoff.vocabulary.words import EventKind, MilestoneName
    from workflows.milestone_writer import MilestoneWriter

from workflows.step import Step, Steps


class Plans:
    """Waits for a plan in force. After a rejection a person drafts another version, and this waits on."""

    def __init__(self, case: CaseState, record: MilestoneWriter) -> None:
        self.case, self.record = case, record

    async def approved(self) -> None:
        """Wait until a plan is in force. Meanwhile `ProviderOffers` offers urgent lines."""
        if not self.case.approved:
            self.record.begin(Stage.PLAN)
        await workflow.wait_condition(lambda: self.case.approved)
        self.record.begin(Stage.SERVICES)

    async def changes(self) -> None:
        """Approve each version that the deciding body wrote itself, as soon as it is submitted."""
        while True:
            await workflow.wait_condition(
                lambda: self.case.change is not None and self.case.plan_state == PlanState.SUBMITTED
            )
            change, self.case.change = self.case.change, None
            if change:
                self.record.note(take(self.case, replace(change, kind=EventKind.PLAN_APPROVED, quantity=0)))


STEPS: Steps = {
    MilestoneName.PLAN_APPROVED: (Step(MilestoneName.NEXT_CHECK_PLANNED, after=Verdict.APPROVED),),
}
