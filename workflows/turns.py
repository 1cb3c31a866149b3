"""The order in which a case hears what it is told: one signal or action after another, each with all that follows.

A workflow task may be lost after its local activities have written. Temporal repeats it, together with what came
meanwhile. What the first try wrote is then the beginning of what the second try writes, since nothing that came later
is heard before all of the first is written (docs/decisions/0015-one-turn-after-another.md).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.case.clocks import next_ring, ring
    from handoff.case.closing import fits
    from handoff.case.state import CaseState
    from workflows.milestone_writer import MilestoneWriter


class Turns:
    """Lets one signal, action or clock after another have its turn."""

    def __init__(self, case: CaseState, record: MilestoneWriter) -> None:
        self.case, self.record = case, record
        self._turn = asyncio.Lock()  # the first to ask is the first to have its turn

    @asynccontextmanager
    async def next(self, told_at: datetime | None = None) -> AsyncIterator[None]:
        """The turn of what was told at this moment, by default now: after all that was told, or was due, before.

        Clocks that were due before it was told ring first, moment by moment, also if no worker ran in between.
        In a run that an earlier build began, all that comes together has its turn together, before the clocks.
        """
        if not self.record.one_by_one:
            yield
            return
        async with self._turn:
            await self._written()
            while (moment := next_ring(self.case)) and moment <= min(told_at or workflow.now(), workflow.now()):
                self._look_at_end()
                self.record.note(ring(self.case, workflow.now(), moment))
                await self._written()
            yield

    @property
    def idle(self) -> bool:
        """Whether no signal, action or clock is being heard, and no clock is due."""
        moment = next_ring(self.case)
        return not self._turn.locked() and (moment is None or moment > workflow.now())

    async def ring(self) -> None:
        """The turn of the clocks that are due now."""
        if self.record.one_by_one:
            async with self.next():
                return
        self._look_at_end()
        self.record.note(ring(self.case, workflow.now(), in_order=False))

    def _look_at_end(self) -> None:
        """Note whether this history is of a build that looks once more at an end. Only an end that does not fit asks.

        So a plain case has no marker of it in its history.
        """
        end = self.case.closing
        if end is not None and not fits(end.code, support_began=self.case.support_began):
            self.case.end_looked_at = workflow.patched("end-looked-at")

    async def _written(self) -> None:
        """Wait until all is written, and nothing follows from it."""
        quiet = False
        while not quiet:
            await workflow.wait_condition(lambda: self.record.quiet)
            await self.record.settled()
            quiet = self.record.quiet
