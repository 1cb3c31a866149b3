"""What a workflow task hands to the story: jobs as Core builds them, in Core's order."""

import json
from collections.abc import Sequence
from typing import Any

from temporalio.api.common.v1 import Payload, SearchAttributes
from temporalio.bridge.proto.workflow_activation import WorkflowActivationJob
from temporalio.bridge.proto.workflow_commands import ScheduleLocalActivity, WorkflowCommand

from tests.lives.product import CONVERTER

_JSON = CONVERTER.payload_converter


class UnwrittenError(Exception):
    """A workflow task wrote what no history may ever show.

    It went on in a next run, and a signal may come just then; or it wrote an action that it was told in the same task.
    """


def in_order(jobs: Sequence[WorkflowActivationJob]) -> list[WorkflowActivationJob]:
    """As Core hands them over: the beginning, signals, updates, then the rest."""

    def place(job: WorkflowActivationJob) -> int:
        if job.HasField("initialize_workflow"):
            return 0
        if job.HasField("signal_workflow"):
            return 1
        return 2 if job.HasField("do_update") else 3

    return sorted(jobs, key=place)


def signalled(name: str, argument: Any, event: int) -> WorkflowActivationJob:
    """A signal, by the number of its event in history."""
    job = WorkflowActivationJob()
    job.signal_workflow.signal_name = name
    job.signal_workflow.originating_event_id = event
    job.signal_workflow.input.append(payload(argument))
    return job


def updated(name: str, argument: Any, once: str) -> WorkflowActivationJob:
    """An update under its id, with its validator."""
    job = WorkflowActivationJob()
    job.do_update.id = job.do_update.protocol_instance_id = job.do_update.meta.update_id = once
    job.do_update.name, job.do_update.run_validator = name, True
    job.do_update.input.append(payload(argument))
    return job


def answered(job: WorkflowActivationJob) -> set[str]:
    """Keys of the milestones that an activity's result answers for; none for any other job."""
    if not (job.HasField("resolve_activity") and job.resolve_activity.result.HasField("completed")):
        return set()
    return {each["key"] for each in json.loads(job.resolve_activity.result.completed.result.data)}


def action(job: WorkflowActivationJob) -> str:
    """The name of the person's action that a job tells; "" for any other job."""
    if not job.HasField("do_update"):
        return ""
    event = json.loads(job.do_update.input[0].data)
    return f"{event['kind']}#a{event['fact']}"


def check(jobs: Sequence[WorkflowActivationJob], wrote: set[str], said: Sequence[WorkflowCommand]) -> None:
    """Check what one workflow task wrote, by causes.

    Raises:
        UnwrittenError: history may never show it.
    """
    goes_on = any(command.HasField("continue_as_new_workflow_execution") for command in said)
    acted = {name for job in jobs if (name := action(job))}
    if wrote & acted or (wrote and goes_on):
        raise UnwrittenError(f"{wrote} in the task that was told {acted}")


def causes(writing: ScheduleLocalActivity) -> set[str]:
    """The last parts of the keys that an activity writes: most name the event that caused the milestone."""
    return {entry["key"].rsplit(":", 1)[-1] for entry in json.loads(writing.arguments[0].data)["entries"]}


def payload(value: Any) -> Payload:
    """A value as the product's converter writes it."""
    return _JSON.to_payloads([value])[0]


def attributes_of(attributes: dict[str, Any]) -> SearchAttributes:
    """Search attributes as the server hands them to a run."""
    searched = SearchAttributes()
    for name, value in attributes.items():
        field = searched.indexed_fields[name]
        field.metadata["encoding"] = b"json/plain"
        field.metadata["type"] = b"Bool" if isinstance(value, bool) else b"Keyword"
        field.data = json.dumps(value).encode()
    return searched
