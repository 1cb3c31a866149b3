"""Doctor's check for cases that stand still: their workflow runs, but does not react to facts."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from handoff.store.engine import connect
from handoff.store.queries import monitoring
from workers.heartbeat import STILL
from workers.oncall.finding import Finding, age, in_words
from workers.settings import Settings
from workflows.client import case_of, workflow_id

PART = "cases standing still"
# Temporal marks a workflow when its task fails or times out several times in a row: five, two on the embedded server.
_FAILING = (
    "WorkflowType = 'DischargeHandoff' AND ExecutionStatus = 'Running' AND TemporalReportedProblems IN "
    "('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')"
)
_WITHIN = 15.0  # seconds
_AT_MOST = 100
_BEHIND = "RecordBehind"
_RUNNING = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING


async def still(settings: Settings) -> list[Finding]:
    """Cases that wrote nothing after a fact, else cases that Temporal itself marks."""
    engine = connect(settings.postgres, pool=1, name="handoff doctor")
    try:
        async with asyncio.timeout(_WITHIN), engine.connect() as conn:
            client = await Client.connect(settings.temporal, namespace=settings.temporal_namespace)
            now = datetime.now(UTC)
            waiting = await monitoring.standing_still(conn, now - STILL)
            if waiting.count:
                says = f"{waiting.count} for {in_words(age(waiting.since, now))}, the first is {waiting.first}"
                return [await _explain(client, waiting.first, says)]
            if marked := await _list_marked(client):
                count = f"{_AT_MOST} or more" if len(marked) == _AT_MOST else str(len(marked))
                return [await _explain(client, marked[0], f"{count}, the first is {marked[0]}")]
    except (SQLAlchemyError, RPCError, RuntimeError, OSError):
        return [Finding(PART, "warn", "cannot be checked", "See PostgreSQL, database and Temporal first.")]
    finally:
        await engine.dispose()
    return [Finding(PART, "ok", "none")]


async def _list_marked(client: Client) -> list[str]:
    """Cases that Temporal marks; none if the server is older than 1.30."""
    try:
        return [case_of(run.id) async for run in client.list_workflows(_FAILING, limit=_AT_MOST)]
    except RPCError as error:
        if error.status != RPCStatusCode.INVALID_ARGUMENT:
            raise
        return []


async def _explain(client: Client, case: str, says: str) -> Finding:
    try:
        described = (await client.get_workflow_handle(workflow_id(case)).describe()).raw_description
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        described = None
    why, do = _cause(described)
    return Finding(PART, "fail", f"{says}: {why}", do)


def _cause(described: DescribeWorkflowExecutionResponse | None) -> tuple[str, str]:
    """The cause, and what to do. It shows only the type of a failure, whose text may have personal data."""
    if described is None or described.workflow_execution_info.status != _RUNNING:
        return "no workflow runs for it", "See open cases above."
    for activity in described.pending_activities:
        if activity.attempt == 1 and not activity.HasField("last_failure"):
            continue  # it waits for a worker
        failure = activity.last_failure.application_failure_info.type or "no answer in time"
        says = f"{activity.activity_type.name} was tried {activity.attempt} times ({failure})"
        if failure == _BEHIND:
            return says, "The record is behind its workflow: `handoff compare`."
        do = "Look at PostgreSQL and database above, and for `not_written` in the worker's log"
        return says, f"{do}; it is retried automatically."
    if (attempt := described.pending_workflow_task.attempt) > 1:
        do = "Look for `Failed activation` in the worker's log: a fixed worker continues the case by itself."
        return f"its workflow task was tried {attempt} times", do
    return "it got a fact, but no worker took its task", "Look at worker and task queue above."
