"""Brings a case's workflow back to what the record knows, after the record was restored from a backup.

Temporal knows more than such a record: facts under numbers that the record gives again, milestones that it lost. The
workflow is reset to before the first of them, by Temporal's own reset; what institutions told since is told again.
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
from workflows.client import workflow_id
from workflows.runs import BEGINS_AGAIN, Run

_REASON = "the record was restored from a backup"
_TOLD = TypeAdapter(CaseEvent)
_EXCLUDE = (
    ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL,
    ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE,
)


@dataclass(frozen=True)
class HistoryStep:
    """One event of a history that says something about the case.

    Attributes:
        event: its id.
        keys: of milestones that were written, or were to be.
        facts: numbered facts that were told: number and fact id.
        action: what a person decided; None: it is no action.
        completes: it completes a workflow task.
    """

    event: int
    keys: tuple[str, ...] = ()
    facts: tuple[tuple[int, int], ...] = ()
    action: CaseEvent | None = None
    completes: bool = False


@dataclass(frozen=True)
class Point:
    """Where a workflow is reset to: a completed workflow task of one run; it and all that follows is undone."""

    run: str
    event: int


@dataclass(frozen=True)
class Rewind:
    """What is to be done with a case's workflow.

    Attributes:
        ahead: whether it knows what the record does not.
        number: of the last fact that it then knows.
        to: where to reset it to; None: begin it again.
        put_again: people's actions that the record has, and that a reset takes back with the rest.
        lost: people's actions that the record, or the workflow, has lost.
    """

    ahead: bool
    number: int
    to: Point | None = None
    put_again: list[CaseEvent] = field(default_factory=list)
    lost: list[LostAction] = field(default_factory=list)


def keys_of(chapters: Iterable[Run]) -> set[str]:
    """The milestones that a case's workflow wrote."""
    return {key for chapter in chapters for step in steps_of(chapter) for key in step.keys}


def heard(chapter: Run) -> int:
    """The number of the last fact that a case had been told by the end of a run."""
    return max([_carried(chapter), *(number for step in steps_of(chapter) for number, _ in step.facts)])


def rewind(chapters: Sequence[Run], known: RecordedCase) -> Rewind:
    """Compare the runs of a case, in the order in which they were lived, with the record."""
    steps = [(chapter.run, step) for chapter in chapters for step in steps_of(chapter)]
    number, kept, place_of = _carried(chapters[0]), 0, 0
    point: Point | None = None
    for place, (run, step) in enumerate(steps):
        if _lost(step, known):
            said = [each.action for _, each in steps[place_of:] if each.action]
            put_again = [each for each in said if each.fact in known.actions]
            lost = [
                LostAction(each.fact, each.kind, each.who, each.at) for each in said if each.fact not in known.asked
            ]
            return Rewind(ahead=True, number=kept if point else 0, to=point, put_again=put_again, lost=lost)
        number = max([number, *(told for told, _ in step.facts)])
        if step.completes:
            point, kept, place_of = Point(run, step.event), number, place
    taken = {step.action.fact for _, step in steps if step.action}
    whole = not chapters[0].previous
    lost = [each for fact, each in known.actions.items() if whole and fact not in taken]
    return Rewind(ahead=False, number=number, lost=lost)


async def reset(client: Client, case: str, to: Point) -> None:
    """Reset a case's workflow; signals and updates that came later are left out.

    Raises:
        RPCError: Temporal cannot be reached, or refuses.
    """
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id(case), run_id=to.run),
            reason=_REASON,
            workflow_task_finish_event_id=to.event,
            request_id=secrets.token_hex(16),
            reset_reapply_exclude_types=_EXCLUDE,
        )
    )


async def begin_again(client: Client, case: str) -> None:
    """End a case's workflow, so that its first fact begins it again.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    await client.get_workflow_handle(workflow_id(case)).terminate(reason=BEGINS_AGAIN)


def _lost(step: HistoryStep, known: RecordedCase) -> bool:
    """Whether the record does not have it."""
    if step.action and step.action.fact not in known.asked:
        return True
    return not known.keys.issuperset(step.keys) or any(known.facts.get(fact) != number for number, fact in step.facts)


def _carried(chapter: Run) -> int:
    """The number of the last fact that a run knew when it began."""
    begin = _json(chapter.events[0].workflow_execution_started_event_attributes.input)
    return int(((begin or {}).get("carried") or {}).get("number") or 0)


def steps_of(chapter: Run) -> list[HistoryStep]:
    """What a history says about its case, in order."""
    return [step for event in chapter.events if (step := _step(event))]


def _step(event: HistoryEvent) -> HistoryStep | None:
    """What an event says about the case; None: nothing."""
    number, kind = event.event_id, event.event_type
    if kind == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
        return HistoryStep(number, completes=True)
    if kind == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
        told = (_json(event.workflow_execution_signaled_event_attributes.input) or {}).get("facts", [])
        return HistoryStep(number, facts=tuple((each["number"], each["fact"]) for each in told))
    if kind == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
        writing = _json(event.activity_task_scheduled_event_attributes.input) or {}
        certain = [entry["key"] for entry in writing.get("entries", []) if not entry.get("after")]
        return HistoryStep(number, keys=tuple(certain))  # the steps after them are written with them, or not at all
    if kind == EventType.EVENT_TYPE_MARKER_RECORDED:
        outcomes = _json(event.marker_recorded_event_attributes.details.get("result", Payloads()))
        return HistoryStep(number, keys=tuple(each["key"] for each in outcomes or []))
    if kind == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
        request = event.workflow_execution_update_accepted_event_attributes.accepted_request
        return HistoryStep(number, action=_TOLD.validate_python(_json(request.input.args)))
    return None


def _json(payloads: Payloads) -> Any:
    """The first payload, as it was written; None: there is none."""
    return json.loads(payloads.payloads[0].data) if payloads.payloads and payloads.payloads[0].data else None
