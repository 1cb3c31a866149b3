"""The deadlines of a case. All its clocks share one Temporal timer, which is set to the earliest of them."""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.case.clocks import next_ring
    from handoff.case.state import CaseState
    from workflows.milestone_writer import MilestoneWriter
    from workflows.summaries import awaited_in_words
    from workflows.turns import Turns


class Clocks:
    """Waits for the next clock that warns or runs out, and writes what follows."""

    def __init__(self, case: CaseState, record: MilestoneWriter, turns: Turns) -> None:
        self.case, self.record, self.turns = case, record, turns

    async def watch(self) -> None:
        """Wait for the next clock, write its milestone, and go on with the next.

        The timer is set again only if an earlier moment comes up, since each timer adds events to the history.
        """
        while True:
            await workflow.wait_condition(lambda: next_ring(self.case) is not None)
            if (moment := next_ring(self.case)) is not None:
                await self._until(moment)
            await self.turns.ring()

    async def _until(self, moment: datetime) -> None:
        left = (moment - workflow.now()).total_seconds()
        if left <= 0:
            return
        try:
            await workflow.wait_condition(
                lambda: self._earlier_than(moment),
                timeout=left,
                timeout_summary=awaited_in_words(self.case, moment),
                event_groups=self.record.groups(),
            )
        except TimeoutError:
            return

    def _earlier_than(self, moment: datetime) -> bool:
        upcoming = next_ring(self.case)
        return upcoming is not None and upcoming < moment
