"""Cancellation requests from outside, such as a click in Temporal's pages: noted, and the case goes on.

Nothing but the case ends a case (docs/decisions/0027-nothing-but-the-case-ends-a-case.md). Temporal cancels the task of
`run` only: other tasks, handlers and activities are not affected.
"""

import asyncio
from typing import TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.case.messages import Milestone
    from handoff.case.state import CaseState
    from handoff.vocabulary.words import MilestoneName
    from workflows.milestone_writer import MilestoneWriter
    from workflows.turns import Turns

Result = TypeVar("Result")


class Cancellation:
    """Notes a cancellation request in the timeline. Temporal sends a run at most one."""

    def __init__(self, case: CaseState, record: MilestoneWriter, turns: Turns) -> None:
        self.case, self.record, self.turns = case, record, turns
        self._noted = False

    async def noted(self) -> None:
        """Note the request when it comes. Temporal does not say who asked, and any reason is free text: not stored."""
        while True:
            await workflow.wait_condition(lambda: self._requested() and not self._noted)
            self._noted = True
            async with self.turns.next():
                if not self.case.end:
                    self.record.note([_requested_now()])

    def _requested(self) -> bool:
        return workflow.cancellation_reason() is not None


async def unharmed(life: "asyncio.Task[Result]") -> Result:
    """Wait for a task, and do not pass a cancellation request on to it. Returns its result, or raises its error."""
    while True:
        try:
            await workflow.wait([life])
        except asyncio.CancelledError:
            if life.cancelled() or life.cancelling():  # the SDK takes the case from memory, and cancels every task
                raise
        else:
            return life.result()


def _requested_now() -> Milestone:
    """A milestone for each run that was to be cancelled. Its key is of the run, as no number is carried."""
    name = MilestoneName.CANCELLATION_REQUESTED
    return Milestone(f"{name}:{workflow.info().run_id}", name, workflow.now())
