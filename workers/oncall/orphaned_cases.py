"""Finds orphaned cases: open in the record, but without a running workflow, so that nothing carries them on."""

import asyncio

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from handoff.store.engine import connect
from handoff.store.queries import monitoring
from workers.oncall.finding import Finding
from workers.settings import Settings
from workflows.client import case_of, workflow_id

PART = "open cases"
_RUNNING = "WorkflowType = 'DischargeHandoff' AND ExecutionStatus = 'Running'"
_SECOND_LOOK = 2.0  # seconds, after which cases that just began or ended are in both lists
_WITHIN = 20.0  # seconds


async def orphaned_cases(settings: Settings) -> list[Finding]:
    """Check all open cases that were started on Temporal, by id: equal counts would prove nothing."""
    engine = connect(settings.postgres, pool=1, name="handoff doctor")
    try:
        async with asyncio.timeout(_WITHIN), engine.connect() as conn:
            client = await Client.connect(settings.temporal, namespace=settings.temporal_namespace)
            opened = await monitoring.begun_cases(conn)
            gone = await list_without_workflow(conn, client)
    except (SQLAlchemyError, RPCError, RuntimeError, OSError):
        return [Finding(PART, "warn", "cannot be checked", "See PostgreSQL, database and Temporal first.")]
    finally:
        await engine.dispose()
    if gone:
        says = f"{len(gone)} of {opened} have no running workflow, the first is {gone[0]}"
        return [Finding(PART, "fail", says, "Nothing carries them on: docs/operations.md says what to do.")]
    return [Finding(PART, "ok", f"{opened}, each with its workflow" if opened else "none")]


async def list_without_workflow(conn: AsyncConnection, client: Client) -> list[str]:
    """Ids of open cases without a running workflow, checked twice, since Temporal's list may lag behind."""
    first = await _without_workflow(conn, client)
    if not first:
        return []
    await asyncio.sleep(_SECOND_LOOK)
    gone = sorted(first & await _without_workflow(conn, client))
    return gone if gone and not await _runs(client, gone[0]) else []


async def _without_workflow(conn: AsyncConnection, client: Client) -> set[str]:
    opened = await monitoring.begun_case_ids(conn)
    await conn.rollback()  # else PostgreSQL would end the idle transaction while Temporal lists
    return opened - {case_of(run.id) async for run in client.list_workflows(_RUNNING)}


async def _runs(client: Client, case: str) -> bool:
    try:
        description = await client.get_workflow_handle(workflow_id(case)).describe()
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return False
    return description.status == WorkflowExecutionStatus.RUNNING
