"""Replays one run of a case from its history, and collects the milestones that its workflow wrote."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from temporalio.worker import (
    Interceptor,
    Replayer,
    StartActivityInput,
    StartLocalActivityInput,
    UnsandboxedWorkflowRunner,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle

from activities.case_record import Writing
from handoff.case.messages import Milestone, MilestoneResult
from workflows.discharge_handoff import DischargeHandoff
from workflows.payloads import PAYLOADS
from workflows.runs import Run
from workflows.step import paired


@dataclass(frozen=True)
class Written:
    """A milestone that the workflow wrote, and its result."""

    entry: Milestone
    outcome: MilestoneResult


@dataclass
class Replayed:
    """The result of a replay.

    Attributes:
        asked: keys of the milestones that the workflow asked to write. The last of them may have no result yet.
        written: the milestones that were written, in their order.
        failure: where this build differs from the history; "" if it does not.
    """

    asked: set[str] = field(default_factory=set)
    written: list[Written] = field(default_factory=list)
    failure: str = ""


async def replay(chapter: Run) -> Replayed:
    """Replay a run with the code of this build. Nothing is written: every result comes from the history."""
    replayed = Replayed()
    replayer = Replayer(
        workflows=[DischargeHandoff],
        workflow_runner=UnsandboxedWorkflowRunner(),
        data_converter=PAYLOADS,
        interceptors=[_Collector(replayed)],
        debug_mode=True,  # without deadlock detection, which takes a busy machine for a fault of the code
    )
    result = await replayer.replay_workflow(chapter.history, raise_on_replay_failure=False)
    if result.replay_failure:
        replayed.failure = str(result.replay_failure)
    return replayed


class _Collector(Interceptor):
    """Collects the writes of one replay."""

    def __init__(self, replayed: Replayed) -> None:
        self._replayed = replayed

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002, ARG002 - Temporal's name
        replayed = self._replayed

        class Inbound(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(_Outbound(outbound, replayed))

        return Inbound


class _Outbound(WorkflowOutboundInterceptor):
    def __init__(self, next: WorkflowOutboundInterceptor, replayed: Replayed) -> None:  # noqa: A002 - Temporal's name
        super().__init__(next)
        self._replayed = replayed

    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002 - Temporal's name
        return self._seen(super().start_activity(input), input.args)

    def start_local_activity(self, input: StartLocalActivityInput) -> ActivityHandle[Any]:  # noqa: A002 - Temporal's name
        return self._seen(super().start_local_activity(input), input.args)

    def _seen(self, handle: ActivityHandle[Any], args: Sequence[Any]) -> ActivityHandle[Any]:
        [writing] = args
        if isinstance(writing, Writing):
            self._replayed.asked.update(entry.key for entry in writing.entries)
            handle.add_done_callback(lambda done: self._answered(writing, done))
        return handle

    def _answered(self, writing: Writing, done: "asyncio.Task[Any]") -> None:
        """Note what was written. The workflow tries a failed write again, under the same keys."""
        if done.cancelled() or done.exception():
            return
        for entry, result in paired(writing.entries, done.result()):
            if result:
                self._replayed.written.append(Written(entry, result))
            else:
                self._replayed.asked.discard(entry.key)
