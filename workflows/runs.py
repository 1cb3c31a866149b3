"""Reads the runs of a case's workflow from Temporal. A run is also called a chapter: it continues as new, or ends."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, WorkflowExecutionStatus, WorkflowTaskFailedCause
from temporalio.api.history.v1 import History, HistoryEvent
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from handoff.vocabulary.losses import WorkflowLoss
from workflows.client import case_of, workflow_id

_STATES: Mapping["WorkflowExecutionStatus.ValueType", str] = {
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED: WorkflowLoss.COMPLETED,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_FAILED: WorkflowLoss.FAILED,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_CANCELED: WorkflowLoss.CANCELED,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TERMINATED: WorkflowLoss.TERMINATED,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TIMED_OUT: WorkflowLoss.TIMED_OUT,
}
CONTINUES = "continued-as-new"
_ENDS: Mapping["EventType.ValueType", str] = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: WorkflowLoss.COMPLETED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: CONTINUES,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: WorkflowLoss.FAILED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: WorkflowLoss.CANCELED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: WorkflowLoss.TERMINATED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: WorkflowLoss.TIMED_OUT,
}
_WITHIN = timedelta(seconds=5)
BEGINS_AGAIN = "the record was restored from a backup: the case begins again"  # why a run was terminated


@dataclass(frozen=True)
class EndedRun:
    """A run that has ended, as Temporal lists it."""

    case: str
    run: str
    closed_at: datetime


@dataclass(frozen=True)
class LastRun:
    """The present state of the last run of a case.

    Attributes:
        ended: how it ended, as in `Run`; "" while it runs.
        first: id of the first run. Runs that continue it or reset it have the same.
    """

    ended: str
    first: str


@dataclass(frozen=True)
class Run:
    """One run with the events of its history. There is at least the first event."""

    case: str
    run: str
    events: Sequence[HistoryEvent]

    @classmethod
    def opened(cls, case: str, run: str, content: bytes) -> "Run":
        """A run from its `History` in bytes."""
        return cls(case, run, History.FromString(content).events)

    @property
    def content(self) -> bytes:
        """The `History` of the run in bytes."""
        return History(events=self.events).SerializeToString()

    @property
    def history(self) -> WorkflowHistory:
        """The history in the form that a replay needs."""
        return WorkflowHistory(workflow_id(self.case), self.events)

    @property
    def previous(self) -> str:
        """The id of the run before it; "" for the first run."""
        return self.events[0].workflow_execution_started_event_attributes.continued_execution_run_id

    @property
    def first(self) -> str:
        """The id of the first run. Runs that continue it or reset it have the same."""
        return self.events[0].workflow_execution_started_event_attributes.first_execution_run_id

    @property
    def terminated_because(self) -> str:
        """Why it was terminated, as its end says. A reset terminates the run that it resets, for its own reason."""
        return self.events[-1].workflow_execution_terminated_event_attributes.reason

    @property
    def began_at(self) -> datetime:
        """The moment of its first event."""
        return self.events[0].event_time.ToDatetime(UTC)

    @property
    def closed_at(self) -> datetime:
        """The moment of its last event."""
        return self.events[-1].event_time.ToDatetime(UTC)

    @property
    def ended(self) -> str:
        """How it ended, e.g. "completed"; "" while it runs."""
        return _ENDS.get(self.events[-1].event_type, "")

    @property
    def builds(self) -> tuple[str, ...]:
        """The builds of the workers that ran it, in order."""
        return tuple(dict.fromkeys(build for event in self.events if (build := _build(event))))


@dataclass(frozen=True)
class Runs:
    """The runs of all cases that Temporal still has."""

    client: Client

    async def ended(self, since: datetime | None = None) -> list[EndedRun]:
        """The runs that have ended since a moment, or all that have ended. The run that ended first comes first.

        Raises:
            RPCError: Temporal cannot be reached.
        """
        query = "WorkflowType = 'DischargeHandoff' AND ExecutionStatus != 'Running'"
        if since:
            query += f" AND CloseTime >= '{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z'"
        runs = [
            EndedRun(case, run.run_id, run.close_time)
            async for run in self.client.list_workflows(query)
            if run.close_time and (case := case_of(run.id))
        ]
        return sorted(runs, key=lambda run: run.closed_at)

    async def running(self, first: str = "", last: str = "") -> set[str]:
        """The cases whose workflow runs: all, or those from one id to another. The list lags by a second or so.

        Raises:
            RPCError: Temporal cannot be reached.
        """
        query = "WorkflowType = 'DischargeHandoff' AND ExecutionStatus = 'Running'"
        if last:
            query += f" AND WorkflowId BETWEEN '{workflow_id(first)}' AND '{workflow_id(last)}'"
        return {case_of(run.id) async for run in self.client.list_workflows(query)}

    async def last(self, case: str) -> LastRun | None:
        """The last run of a case, without its history and without lag. None: Temporal has no run of it.

        Raises:
            RPCError: Temporal cannot be reached.
        """
        request = DescribeWorkflowExecutionRequest(
            namespace=self.client.namespace, execution=WorkflowExecution(workflow_id=workflow_id(case))
        )
        try:
            answer = await self.client.workflow_service.describe_workflow_execution(request, timeout=_WITHIN)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return None
        about = answer.workflow_execution_info
        return LastRun(_STATES.get(about.status, ""), about.first_run_id)

    async def read(self, case: str, run: str | None = None) -> Run | None:
        """One run of a case, by default the last. None: Temporal does not have it.

        Raises:
            RPCError: Temporal cannot be reached.
        """
        try:
            if run is None:
                run = (await self.client.get_workflow_handle(workflow_id(case)).describe()).run_id
            handle = self.client.get_workflow_handle(workflow_id(case), run_id=run)
            events = (await handle.fetch_history()).events
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return None
        return Run(case, run, events) if events else None

    async def back_to(self, case: str, kept: Collection[str]) -> list[Run]:
        """The runs of a case from the last one back to a run that is `kept`, or that Temporal does not have any more.

        Raises:
            RPCError: Temporal cannot be reached.
        """
        chapters = []
        chapter = await self.read(case)
        while chapter and chapter.run not in kept:
            chapters.append(chapter)
            chapter = await self.read(case, chapter.previous) if chapter.previous else None
        return chapters

    async def all_of(self, case: str, kept: Collection[str]) -> list[Run]:
        """The runs of a case that Temporal has and that are not `kept`.

        Runs that were taken back after a restore are among them, though no later run continues them.

        Raises:
            RPCError: Temporal cannot be reached.
        """
        chapters = await self.back_to(case, kept)
        read = {*kept, *(chapter.run for chapter in chapters)}
        async for listed in self.client.list_workflows(f"WorkflowId = '{workflow_id(case)}'"):
            if listed.run_id not in read and (chapter := await self.read(case, listed.run_id)):
                chapters.append(chapter)
        return chapters


def in_order(chapters: Iterable[Run]) -> list[Run]:
    """The runs from the first to the last."""
    return sorted(chapters, key=lambda chapter: chapter.began_at)


def missing(chapters: Sequence[Run]) -> list[str]:
    """The ids of the runs that precede one of these runs and are not among them."""
    runs = {chapter.run for chapter in chapters}
    return [chapter.previous for chapter in chapters if chapter.previous and chapter.previous not in runs]


def undone(chapters: Sequence[Run]) -> set[str]:
    """The ids of the runs that were undone after a restore. The runs are given from the first to the last.

    A reset undoes a run and the runs that continue it. If a case begins again, all earlier runs are undone.
    """
    runs = {base for chapter in chapters for event in chapter.events if (base := _reset_from(event))}
    for chapter in chapters:
        if chapter.previous in runs:
            runs.add(chapter.run)
    begins_again = False
    for chapter in reversed(chapters):
        begins_again = begins_again or _ended_to_begin_again(chapter)
        if begins_again:
            runs.add(chapter.run)
    return runs


def _ended_to_begin_again(chapter: Run) -> bool:
    return chapter.events[-1].workflow_execution_terminated_event_attributes.reason == BEGINS_AGAIN


def _reset_from(event: HistoryEvent) -> str:
    failed = event.workflow_task_failed_event_attributes
    reset = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW
    return failed.base_run_id if failed.cause == reset else ""


def _build(event: HistoryEvent) -> str:
    if event.event_type != EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
        return ""
    done = event.workflow_task_completed_event_attributes
    return done.deployment_version.build_id or done.worker_version.build_id
