"""Resets the workflow of a case to the state of the record, after the record was restored from a backup.

Temporal then has more than the record: milestones that the record lost, and facts whose numbers the record will use
again. Temporal's own reset takes the workflow back to before the first of them. Later facts are delivered again.
"""

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter
from temporalio.api.common.v1 import Payloads, WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyExcludeType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client

from handoff.case.messages import CaseEvent
from handoff.store.intake.restores import LostAction, RecordedCase
from handoff.store.queries.rebuilds import key_of as rebuilt_key
from workflows.client import workflow_id
from workflows.runs import BEGINS_AGAIN, Run

RESTORED = "the record was restored from a backup"
_TOLD = TypeAdapter(CaseEvent)
_EXCLUDE = (
    ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL,
    ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE,
)


@dataclass(frozen=True)
class HistoryStep:
    """One event of a history that is about the case.

    Attributes:
        event: its id.
        keys: keys of the milestones that were written.
        facts: the facts that were delivered: number and fact id of each.
        action: the person's action; None: the event is no action.
        completes: whether it completes a workflow task.
    """

    event: int
    keys: tuple[str, ...] = ()
    facts: tuple[tuple[int, int], ...] = ()
    action: CaseEvent | None = None
    completes: bool = False


@dataclass(frozen=True)
class Point:
    """The point of a reset: a completed workflow task of one run. This task and all later events are undone."""

    run: str
    event: int


@dataclass(frozen=True)
class Rewind:
    """How to bring the workflow of a case in line with the record.

    Attributes:
        ahead: whether the workflow has something that the record has not. If not, no reset is necessary.
        number: number of the last fact that the workflow has after the reset.
        to: the point of the reset; None: start the workflow from its first fact again.
        put_again: actions that the record has, and that the reset takes back. They have to be sent again.
        lost: actions that the record or the workflow has lost. People have to repeat them.
        rebuilds: whether only the record can make the state again: the first run that Temporal has began with a state
            that knows more than the record, or that no history explains.
    """

    ahead: bool
    number: int
    to: Point | None = None
    put_again: list[CaseEvent] = field(default_factory=list)
    lost: list[LostAction] = field(default_factory=list)
    rebuilds: bool = False


def keys_of(chapters: Iterable[Run]) -> set[str]:
    """The keys of the milestones that the workflow wrote in these runs, and of the rebuilds that began them."""
    keys = {key for chapter in chapters for step in steps_of(chapter) for key in step.keys}
    return keys | {rebuilt_key(rows) for chapter in chapters if (rows := rebuilt_after(chapter))}


def heard(chapter: Run) -> int:
    """The number of the last fact that the case had received at the end of a run."""
    return max([_carried(chapter), *(number for step in steps_of(chapter) for number, _ in step.facts)])


def rewind(chapters: Sequence[Run], record: RecordedCase) -> Rewind:
    """Compare the runs of a case, from the first to the last, with the record."""
    steps = [(chapter.run, step) for chapter in chapters for step in steps_of(chapter)]
    rebuilt = rebuilt_after(chapters[0])
    if rebuilt and rebuilt_key(rebuilt) not in record.keys:
        return _rebuilds([step for _, step in steps], record)
    whole = not chapters[0].previous and not rebuilt
    number, kept, place_of = _carried(chapters[0]), 0, 0
    point: Point | None = None
    for place, (run, step) in enumerate(steps):
        if _lost(step, record):
            if point is None and not whole:
                return _rebuilds([step for _, step in steps], record)
            actions = [undone.action for _, undone in steps[place_of:] if undone.action]
            put_again = [action for action in actions if action.fact in record.actions]
            number = kept if point else 0
            return Rewind(ahead=True, number=number, to=point, put_again=put_again, lost=_unasked(actions, record))
        number = max([number, *(fact_number for fact_number, _ in step.facts)])
        if step.completes:
            point, kept, place_of = Point(run, step.event), number, place
    taken = {step.action.fact for _, step in steps if step.action}
    lost = [action for fact, action in record.actions.items() if whole and fact not in taken]
    return Rewind(ahead=False, number=number, lost=lost)


def _rebuilds(steps: Sequence[HistoryStep], record: RecordedCase) -> Rewind:
    lost = _unasked([step.action for step in steps if step.action], record)
    return Rewind(ahead=True, number=0, lost=lost, rebuilds=True)


def _unasked(actions: Iterable[CaseEvent], record: RecordedCase) -> list[LostAction]:
    """Those of the actions that the record does not have."""
    return [
        LostAction(action.fact, action.kind, action.who, action.at)
        for action in actions
        if action.fact not in record.asked
    ]


async def reset(client: Client, case: str, to: Point) -> None:
    """Reset the workflow of a case. Signals and updates after the point are not applied again.

    Raises:
        RPCError: Temporal cannot be reached, or refuses.
    """
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id(case), run_id=to.run),
            reason=RESTORED,
            workflow_task_finish_event_id=to.event,
            request_id=secrets.token_hex(16),
            reset_reapply_exclude_types=_EXCLUDE,
        )
    )


async def begin_again(client: Client, case: str) -> None:
    """Terminate the workflow of a case, so that its first fact starts it again.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    await client.get_workflow_handle(workflow_id(case)).terminate(reason=BEGINS_AGAIN)


def rebuilt_after(chapter: Run) -> int:
    """How many rows of the timeline there were when the case was rebuilt and this run began; 0: it was not."""
    begin = _json(chapter.events[0].workflow_execution_started_event_attributes.input)
    return int((begin or {}).get("rebuilt_after") or 0)


def _lost(step: HistoryStep, record: RecordedCase) -> bool:
    """Whether the record lacks something of this event."""
    if step.action and step.action.fact not in record.asked:
        return True
    return not record.keys.issuperset(step.keys) or any(record.facts.get(fact) != number for number, fact in step.facts)


def _carried(chapter: Run) -> int:
    """The number of the last fact that the case had received before a run began."""
    begin = _json(chapter.events[0].workflow_execution_started_event_attributes.input)
    return int(((begin or {}).get("carried") or {}).get("number") or 0)


def steps_of(chapter: Run) -> list[HistoryStep]:
    """The events of a history that are about the case, in order."""
    return [step for event in chapter.events if (step := _step(event))]


def _step(event: HistoryEvent) -> HistoryStep | None:
    """What an event says about the case. None: nothing."""
    number, kind = event.event_id, event.event_type
    if kind == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
        return HistoryStep(number, completes=True)
    if kind == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
        facts = (_json(event.workflow_execution_signaled_event_attributes.input) or {}).get("facts", [])
        return HistoryStep(number, facts=tuple((fact["number"], fact["fact"]) for fact in facts))
    if kind == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:  # one that is only scheduled may be about to write
        return _written(number, event.activity_task_completed_event_attributes.result)
    if kind == EventType.EVENT_TYPE_MARKER_RECORDED:
        return _written(number, event.marker_recorded_event_attributes.details.get("result", Payloads()))
    if kind == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
        request = event.workflow_execution_update_accepted_event_attributes.accepted_request
        return HistoryStep(number, action=_TOLD.validate_python(_json(request.input.args)))
    return None


def _written(number: int, results: Payloads) -> HistoryStep:
    return HistoryStep(number, keys=tuple(result["key"] for result in _json(results) or []))


def _json(payloads: Payloads) -> Any:
    """The JSON of the first payload. None: there is no payload."""
    return json.loads(payloads.payloads[0].data) if payloads.payloads and payloads.payloads[0].data else None
