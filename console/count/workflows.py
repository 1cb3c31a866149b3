"""Which case each workflow carries, read from Temporal only."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from workflows.messages import Begin

AT_ONCE = 8

Chain = tuple[str, str]  # workflow id, and id of its first run


@dataclass
class Workflows:
    """What Temporal carries.

    Attributes:
        chains: by case; one for each case, unless there are duplicates.
        running: cases with a running workflow.
    """

    chains: dict[str, set[Chain]] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)


async def workflows(client: Client, since: datetime | None) -> Workflows:
    """The workflows that began since a moment, by case.

    Raises:
        temporalio.service.RPCError: Temporal does not answer.
    """
    query = "WorkflowType = 'DischargeHandoff'"
    if since is not None:
        query += f" AND StartTime >= '{since.isoformat()}'"
    carried = Workflows()
    calls = asyncio.Semaphore(AT_ONCE)
    executions = [execution async for execution in client.list_workflows(query)]
    begun = await asyncio.gather(*(_begun(client, execution, calls) for execution in executions))
    for execution, (case, chain) in zip(executions, begun, strict=True):
        carried.chains.setdefault(case, set()).add(chain)
        if execution.status == WorkflowExecutionStatus.RUNNING:
            carried.running.add(case)
    return carried


async def _begun(client: Client, execution: WorkflowExecution, calls: asyncio.Semaphore) -> tuple[str, Chain]:
    """Case and chain, from the first event of its history."""
    handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
    async with calls:
        async for event in handle.fetch_history_events(page_size=1):
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
                started = event.workflow_execution_started_event_attributes
                (begin,) = await client.data_converter.decode(started.input.payloads, [Begin])
                return begin.case, (execution.id, started.first_execution_run_id)
    return "", (execution.id, execution.run_id)
