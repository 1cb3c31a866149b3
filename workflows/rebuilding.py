"""Starts the workflow of a case whose state is made of the record, since Temporal has lost the one before."""

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from handoff.case.answers_again import answers_again
from handoff.case.rebuilt import rebuilt
from handoff.case.record_rows import RowsOfCase
from handoff.vocabulary.states import Stage
from workflows.client import TASK_QUEUE, workflow_id
from workflows.discharge_handoff import ANSWERS, DischargeHandoff
from workflows.messages import Begin, Done
from workflows.milestone_writer import OVERDUE, STAGE
from workflows.runs import BEGINS_AGAIN
from workflows.summaries import case_in_words


def begin_from(rows: RowsOfCase, cause: str) -> Begin:
    """What the workflow of a case begins with. `cause`: key of the rebuild, which is the last row of the timeline."""
    answered = {
        name: Done(
            [what for what, _ in own], [result.verdict for _, result in own], [result.subject for _, result in own]
        )
        for name, own in list(answers_again(rows).items())[-ANSWERS:]
    }
    return Begin(
        rows.case.case,
        rebuilt(rows, cause),
        one_by_one=True,
        actions_first=True,
        answered=answered,
        rebuilt_after=rows.timeline[-1].seq if rows.timeline else 0,
    )


async def runs(client: Client, case: str) -> bool:
    """Whether the workflow of a case runs. Temporal is asked for this one case, since its list may lag behind.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    try:
        described = await client.get_workflow_handle(workflow_id(case)).describe()
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return False
    return described.status == WorkflowExecutionStatus.RUNNING


async def end_run(client: Client, case: str) -> None:
    """End a run that was reset by hand. It is no loss: the case begins again.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    await client.get_workflow_handle(workflow_id(case)).terminate(reason=BEGINS_AGAIN)


async def start(client: Client, begin: Begin, municipality: str) -> bool:
    """Start a rebuilt workflow under the id that the case always had. False: one runs already.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    state = begin.carried
    stage, overdue = (str(state.stage), bool(state.overdue)) if state else (str(Stage.CONSENT), False)
    try:
        await client.start_workflow(
            DischargeHandoff.run,
            begin,
            id=workflow_id(begin.case),
            task_queue=TASK_QUEUE,
            search_attributes=TypedSearchAttributes(
                [SearchAttributePair(STAGE, stage), SearchAttributePair(OVERDUE, overdue)]
            ),
            static_summary=case_in_words(begin.case, municipality),
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        )
    except WorkflowAlreadyStartedError:
        return False
    return True
