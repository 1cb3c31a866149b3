"""The steps of a plan line: it is offered to providers by rank until one accepts, then its visits are planned.

Each line goes its own way: visits of one line may take place while another line has no provider yet.
"""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.case.line import Line
    from handoff.case.state import CaseState
    from handoff.vocabulary.outcomes import Verdict
    from handoff.vocabulary.words import MilestoneName
    from workflows.milestone_writer import MilestoneWriter

from workflows.step import Step, Steps


class ProviderOffers:
    """Runs a coroutine for each plan line, `_life`."""

    def __init__(self, case: CaseState, record: MilestoneWriter) -> None:
        self.case, self.record = case, record
        self._running: dict[str, asyncio.Task[None]] = {}  # by line; also those that have ended

    async def every_line(self) -> None:
        """Start a task for each line that is new, or open again. If a task fails, its error is raised here."""
        while True:
            await workflow.wait_condition(lambda: bool(self._not_started() or self._failed()))
            for task in self._failed():
                task.result()
            for line in self._not_started():
                self._running[line.line] = asyncio.create_task(self._life(line), name=f"line {line.line}")

    def _not_started(self) -> list[Line]:
        return [line for name, line in self.case.lines.items() if name not in self._running or self._open_again(line)]

    def _open_again(self, line: Line) -> bool:
        """Whether a correction has opened a line again whose task has ended."""
        return self.case.lines_reopen and not line.over and self._running[line.line].done()

    def _failed(self) -> list["asyncio.Task[None]"]:
        return [task for task in self._running.values() if task.done() and task.exception()]

    async def _life(self, line: Line) -> None:
        """Offer the line until a provider accepts it, then plan its visits one by one, until the line is over."""
        while not line.over:
            await workflow.wait_condition(lambda: line.over or self._can_act(line))
            if self.case.may_offer(line):
                await self.record.milestone(MilestoneName.OFFER_MADE, line.cause, line.line)
            elif self.case.may_visit(line):
                await self.record.milestone(MilestoneName.VISIT_PLANNED, line.visit_cause, line.line)

    def _can_act(self, line: Line) -> bool:
        return self.case.may_offer(line) or self.case.may_visit(line)


STEPS: Steps = {
    MilestoneName.OFFER_MADE: (
        Step(MilestoneName.SERVICE_DATES_SET, after=Verdict.OFFERED),
        Step(MilestoneName.GAP_OPENED, after=Verdict.GAP),
    ),
    MilestoneName.OFFER_ACCEPTED: (Step(MilestoneName.SERVICE_DATES_SET, after=Verdict.ACCEPTED),),
    MilestoneName.OFFER_PARTLY_ACCEPTED: (Step(MilestoneName.SERVICE_DATES_SET, after=Verdict.ACCEPTED),),
}
