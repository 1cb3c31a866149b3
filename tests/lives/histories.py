"""A recorded history as the activations that a worker gets on replay, and what its events say the story ordered."""

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.client import WorkflowHistory

from tests.lives.run import Begins, Run, Told

Ordered = tuple[Any, ...]  # one thing that the story ordered, as commands and events both name it
PATCH, PATCHES = "core_patch", "TemporalChangeVersion"  # marker and search attribute of `workflow.patched`
# Events that come of a task's commands; they stand behind its completion.
SAID = frozenset(
    {
        "TIMER_STARTED",
        "TIMER_CANCELED",
        "MARKER_RECORDED",
        "ACTIVITY_TASK_SCHEDULED",
        "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
        "WORKFLOW_EXECUTION_UPDATE_ACCEPTED",
        "WORKFLOW_EXECUTION_UPDATE_COMPLETED",
        "WORKFLOW_EXECUTION_COMPLETED",
        "WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
    }
)


@dataclass
class Task:
    """One workflow task of a history.

    Attributes:
        started: the event with which it began.
        heard: events that it told the story of.
        said: events that came of its commands.
    """

    started: HistoryEvent
    heard: list[HistoryEvent]
    said: list[HistoryEvent] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """A local activity's answer, and when the story got it."""

    at: Timestamp
    job: WorkflowActivationJob


def tasks(history: WorkflowHistory) -> list[Task]:
    """The workflow tasks that were completed."""
    found: list[Task] = []
    heard: list[HistoryEvent] = []
    started = history.events[0]
    for event in history.events:
        kind = _kind(event)
        if kind == "WORKFLOW_TASK_STARTED":
            started = event
        elif kind == "WORKFLOW_TASK_COMPLETED":
            found.append(Task(started, heard))
            heard = []
        elif kind in SAID:
            found[-1].said.append(event)
        else:
            heard.append(event)
    return found


def _kind(event: HistoryEvent) -> str:
    return EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")


def begins(history: WorkflowHistory) -> Begins:
    """What its run began with."""
    first = history.events[0]
    started = first.workflow_execution_started_event_attributes
    return Begins(
        history.workflow_id,
        started.original_execution_run_id,
        list(started.input.payloads),
        first.event_time.ToDatetime(UTC),
        1,
        started.search_attributes,
    )


def played(
    history: WorkflowHistory, loop: asyncio.AbstractEventLoop
) -> tuple[list[tuple[Task, list[WorkflowCommand]]], list[Told]]:
    """Play a history through a run: each task with the commands that the story gave in it; and the run's tape."""
    run = Run(begins(history), loop)
    try:
        return [(task, _lived(run, task, _scheduled(history))) for task in tasks(history)], run.tape
    finally:
        run.end()


def _scheduled(history: WorkflowHistory) -> dict[int, int]:
    """The numbers of ordinary activities by the events that scheduled them: the SDK names them by their numbers."""
    return {
        event.event_id: int(event.activity_task_scheduled_event_attributes.activity_id)
        for event in history.events
        if _kind(event) == "ACTIVITY_TASK_SCHEDULED"
    }


def _lived(run: Run, task: Task, scheduled: dict[int, int]) -> list[WorkflowCommand]:
    now = task.started.event_time
    length = task.started.event_id
    jobs = [*([run.begins.job()] if not run.tape else []), *_jobs(task, scheduled)]
    answers = {each.job.resolve_activity.seq: each for each in _answers(task)}
    commands: list[WorkflowCommand] = []
    waiting: list[int] = []
    while jobs:
        activation = WorkflowActivation(timestamp=now, jobs=jobs, history_length=length)
        activation.is_replaying = True
        said = run.activate(activation)
        commands += said
        waiting += [each.schedule_local_activity.seq for each in said if each.HasField("schedule_local_activity")]
        jobs = []
        if waiting and (answer := answers.pop(waiting.pop(0), None)):
            now, jobs = max(now, answer.at, key=Timestamp.ToNanoseconds), [answer.job]
    return commands


def _jobs(task: Task, scheduled: dict[int, int]) -> list[WorkflowActivationJob]:
    """What a task told the story: signals and updates first."""
    patches = [_patch(event) for event in task.said if _is_patch(event)]
    found = [job for event in task.heard if (job := _job(event, scheduled))]
    found += [_update(event) for event in task.said if _kind(event) == "WORKFLOW_EXECUTION_UPDATE_ACCEPTED"]
    return patches + sorted(found, key=lambda job: not (job.HasField("signal_workflow") or job.HasField("do_update")))


def _is_patch(event: HistoryEvent) -> bool:
    """Whether an event is the marker of `workflow.patched`."""
    return event.marker_recorded_event_attributes.marker_name == PATCH


def _patch(event: HistoryEvent) -> WorkflowActivationJob:
    job = WorkflowActivationJob()
    job.notify_has_patch.patch_id = _patch_id(event)
    return job


def _patch_id(event: HistoryEvent) -> str:
    details = event.marker_recorded_event_attributes.details["patch-data"]
    return str(json.loads(details.payloads[0].data)["id"])


def _job(event: HistoryEvent, scheduled: dict[int, int]) -> WorkflowActivationJob | None:
    job, kind = WorkflowActivationJob(), _kind(event)
    if kind == "WORKFLOW_EXECUTION_SIGNALED":
        told = event.workflow_execution_signaled_event_attributes
        job.signal_workflow.signal_name = told.signal_name
        job.signal_workflow.input.extend(told.input.payloads)
        job.signal_workflow.originating_event_id = event.event_id
    elif kind == "TIMER_FIRED":
        job.fire_timer.seq = int(event.timer_fired_event_attributes.timer_id)
    elif kind == "ACTIVITY_TASK_COMPLETED":
        done = event.activity_task_completed_event_attributes
        job.resolve_activity.seq = scheduled[done.scheduled_event_id]
        job.resolve_activity.result.completed.result.CopyFrom(done.result.payloads[0])
    else:
        return None
    return job


def _update(event: HistoryEvent) -> WorkflowActivationJob:
    accepted = event.workflow_execution_update_accepted_event_attributes
    job = WorkflowActivationJob()
    job.do_update.id = accepted.accepted_request.meta.update_id
    job.do_update.protocol_instance_id = accepted.protocol_instance_id
    job.do_update.meta.update_id = job.do_update.id
    job.do_update.name = accepted.accepted_request.input.name
    job.do_update.input.extend(accepted.accepted_request.input.args.payloads)
    return job


def _answers(task: Task) -> Iterator[Answer]:
    for event in task.said:
        if _kind(event) == "MARKER_RECORDED" and not _is_patch(event):
            marker = event.marker_recorded_event_attributes
            about = _about(event)
            job = WorkflowActivationJob()
            job.resolve_activity.seq, job.resolve_activity.is_local = about["seq"], True
            job.resolve_activity.result.completed.result.CopyFrom(marker.details["result"].payloads[0])
            done = about["complete_time"]
            yield Answer(Timestamp(seconds=done["seconds"], nanos=done["nanos"]), job)


def _about(event: HistoryEvent) -> Any:
    return json.loads(event.marker_recorded_event_attributes.details["data"].payloads[0].data)


# what was ordered, by commands and by events


def by_events(task: Task) -> list[Ordered]:
    """What a task ordered, as history tells it."""
    found = [ordered for event in task.said if (ordered := _by_event(event))]
    return [each for each in found if each[0] != "attributes" or PATCHES not in each[1]]  # Core orders these itself


def _by_event(event: HistoryEvent) -> Ordered | None:  # noqa: C901, PLR0911 - one line for each type
    attributes = getattr(event, event.WhichOneof("attributes"))
    kind = _kind(event)
    if kind == "TIMER_STARTED":
        return "timer", attributes.timer_id, attributes.start_to_fire_timeout.ToMicroseconds()
    if kind == "TIMER_CANCELED":
        return "cancel", attributes.timer_id
    if kind == "MARKER_RECORDED" and _is_patch(event):
        return "patch", _patch_id(event)
    if kind == "MARKER_RECORDED":
        about = _about(event)
        return "local activity", about["seq"], about["activity_id"], about["activity_type"]
    if kind == "ACTIVITY_TASK_SCHEDULED":
        return "activity", attributes.activity_id, attributes.activity_type.name, _data(attributes.input.payloads)
    if kind == "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES":
        return "attributes", _attributes(attributes.search_attributes)
    if kind == "WORKFLOW_EXECUTION_UPDATE_ACCEPTED":
        return "accepted", attributes.protocol_instance_id
    if kind == "WORKFLOW_EXECUTION_UPDATE_COMPLETED":
        return "completed", attributes.meta.update_id, _data(attributes.outcome.success.payloads)
    if kind == "WORKFLOW_EXECUTION_COMPLETED":
        return "end", _data(attributes.result.payloads)
    if kind == "WORKFLOW_EXECUTION_CONTINUED_AS_NEW":
        return "goes on", _data(attributes.input.payloads)
    return None


def by_commands(commands: Sequence[WorkflowCommand]) -> list[Ordered]:
    """The same as the story said it; a timer that is started and cancelled in one task leaves no event."""
    found = [_by_command(command) for command in commands]
    started = {each[1] for each in found if each[0] == "timer"}
    unseen = {each[1] for each in found if each[0] == "cancel"} & started
    return [each for each in found if each[0] not in ("timer", "cancel") or each[1] not in unseen]


def _by_command(command: WorkflowCommand) -> Ordered:  # noqa: C901, PLR0911 - one line for each type
    kind = command.WhichOneof("variant") or ""
    said = getattr(command, kind)
    if kind == "start_timer":
        return "timer", str(said.seq), said.start_to_fire_timeout.ToMicroseconds()
    if kind == "cancel_timer":
        return "cancel", str(said.seq)
    if kind == "schedule_local_activity":
        return "local activity", said.seq, said.activity_id, said.activity_type
    if kind == "schedule_activity":
        return "activity", said.activity_id, said.activity_type, _data(said.arguments)
    if kind == "set_patch_marker":
        return "patch", said.patch_id
    if kind == "upsert_workflow_search_attributes":
        return "attributes", _attributes(said.search_attributes)
    if kind == "update_response" and said.HasField("completed"):
        return "completed", said.protocol_instance_id, _data([said.completed])
    if kind == "update_response":
        return said.WhichOneof("response"), said.protocol_instance_id
    if kind == "complete_workflow_execution":
        return "end", _data([said.result])
    if kind == "continue_as_new_workflow_execution":
        return "goes on", _data(said.arguments)
    return (kind,)


def _data(payloads: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(json.loads(payload.data) for payload in payloads)


def _attributes(attributes: Any) -> dict[str, Any]:
    return {name: json.loads(payload.data) for name, payload in attributes.indexed_fields.items()}


def agree(recorded: Any, given: Any) -> bool:
    """Whether all that was recorded is given now; fields that came later are additive."""
    if isinstance(recorded, dict) and isinstance(given, dict):
        return all(name in given and agree(value, given[name]) for name, value in recorded.items())
    if isinstance(recorded, list | tuple) and isinstance(given, list | tuple):
        return len(recorded) == len(given) and all(map(agree, recorded, given))
    return bool(recorded == given)
