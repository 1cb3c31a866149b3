"""What people do to a case in Temporal's pages, and the look that notes it."""

import secrets
from typing import Any

from sqlalchemy import text
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest, ResetWorkflowExecutionRequest

from handoff.repeat import until
from handoff.store import tables
from tests.events.desk import Desk, notice, person
from tests.workflows.town import POLL, Town
from workflows.archive import Archive
from workflows.client import workflow_id
from workflows.losses import LossWatch
from workflows.runs import Runs


def watch(town: Town) -> LossWatch:
    return LossWatch(town.desk.engine, town.desk.vault, Runs(town.env.client), lambda: town.now)


def archive(town: Town) -> Archive:
    return Archive(town.desk.engine, town.desk.vault, Runs(town.env.client), lambda: town.now)


async def terminated(town: Town, reason: str = "") -> None:
    await town.handle.terminate(reason=reason or None)


async def reset(town: Town, reason: str = "a click") -> None:
    """As *Reset* in Temporal's pages does it: what was signalled and asked for is put in again."""
    events = (await town.history()).events
    first = next(event.event_id for event in events if event.HasField("workflow_task_completed_event_attributes"))
    await town.env.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=town.env.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id(town.case_id)),
            reason=reason,
            workflow_task_finish_event_id=first,
            request_id=secrets.token_hex(8),
        )
    )


async def deleted(town: Town) -> None:
    client = town.env.client
    execution = WorkflowExecution(workflow_id=workflow_id(town.case_id))
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=execution)
    )

    async def gone() -> bool:
        return await Runs(client).last(town.case_id) is None

    await until(gone, POLL)


async def task(town: Town) -> Any:
    """The open task to rebuild the case; None: there is none."""
    rows = [row for row in await town.rows(tables.tasks) if row.kind == "rebuild-case" and row.closed_at is None]
    return rows[0] if rows else None


async def put_away(town: Town) -> None:
    """Other tests of the session see nothing of the case."""
    if not town.case_id:
        return
    async with town.desk.engine.begin() as conn:
        case = {"case": town.case_id}
        await conn.execute(text("UPDATE cases SET closed_at = now(), lost = '' WHERE case_id = :case"), case)
        await conn.execute(text("UPDATE tasks SET closed_at = now() WHERE case_id = :case AND closed_at IS NULL"), case)
        await conn.execute(text("UPDATE clocks SET ended_at = now() WHERE case_id = :case"), case)
        await conn.execute(text("UPDATE facts SET told_at = now() WHERE case_id = :case AND told_at IS NULL"), case)


async def begun_cases(desk: Desk, count: int) -> None:
    """Open cases whose first fact was delivered, to a Temporal that is gone."""
    people = [
        person(name=f"사람{number}", registration_number=None, phone=f"0108888{number:04}") for number in range(count)
    ]
    await desk.take(*(notice(who=who, discharge={"reference": who["phone"]}) for who in people))
    async with desk.engine.begin() as conn:
        await conn.execute(text("UPDATE facts SET told_at = now()"))
