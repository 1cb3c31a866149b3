"""Every plan line finds its provider, and is served."""

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
    """Each line lives its own life: one may be served while another is still a gap."""

    def __init__(self, case: CaseState, record: MilestoneWriter) -> None:
        self.case, self.record = case, record
        self._lives: dict[str, asyncio.Task[None]] = {}

    async def every_line(self) -> None:
        """Begin each line's life when the plan names it, or when a provider leaves a rest; a broken one is seen."""
        while True:
            await workflow.wait_condition(lambda: bool(self._unborn() or self._broken()))
            for life in self._broken():
                life.result()
            for line in self._unborn():
                self._lives[line.line] = asyncio.create_task(self._life(line), name=f"line {line.line}")

    def _unborn(self) -> list[Line]:
        return [line for name, line in self.case.lines.items() if name not in self._lives]

    def _broken(self) -> list["asyncio.Task[None]"]:
        return [life for life in self._lives.values() if life.done() and life.exception()]

    async def _life(self, line: Line) -> None:
        """Offered by rank until somebody accepts, then visited until the series ends."""
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
