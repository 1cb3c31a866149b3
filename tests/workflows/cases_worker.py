"""A worker that carries the cases of a test."""

from temporalio.client import Client
from temporalio.worker import Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from activities.case_record import CaseRecord
from workflows.client import TASK_QUEUE
from workflows.discharge_handoff import DischargeHandoff


def carrying(client: Client, record: CaseRecord, runner: WorkflowRunner | None = None) -> Worker:
    """Without deadlock detection: a machine that stands still for two seconds is no fault of the workflow.

    The SDK would break off what then runs, and its coroutines end wherever Python clears them away, in another test.
    """
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[DischargeHandoff],
        activities=[record.write_milestones],
        workflow_runner=runner or SandboxedWorkflowRunner(),
        debug_mode=True,
    )
