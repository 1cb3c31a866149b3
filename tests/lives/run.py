"""One run of the story, driven as a worker drives it: activations in, commands out."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio import workflow
from temporalio.api.common.v1 import Payload, Payloads, SearchAttributes
from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.common import MetricMeter, Priority
from temporalio.converter import decode_search_attributes, decode_typed_search_attributes
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowInstanceDetails

from tests.lives.product import CONVERTER, DEFINITION

TASK_QUEUE = "discharge-handoff"


class TaskFailedError(Exception):
    """A workflow task failed: with a real worker it would be tried for ever."""


class OtherwayError(Exception):
    """A story that was evicted and told again what it had been told took another way."""


@dataclass(frozen=True)
class Begins:
    """What a run begins with."""

    workflow_id: str
    run_id: str
    arguments: Sequence[Payload]
    at: datetime
    seed: int
    attributes: SearchAttributes = field(default_factory=SearchAttributes)

    def job(self) -> WorkflowActivationJob:
        """The first job of the run."""
        job = WorkflowActivationJob()
        begin = job.initialize_workflow
        begin.workflow_type, begin.workflow_id = DEFINITION.name or "", self.workflow_id
        begin.arguments.extend(self.arguments)
        begin.randomness_seed, begin.attempt = self.seed, 1
        begin.start_time.CopyFrom(stamp(self.at))
        begin.workflow_task_timeout.FromTimedelta(timedelta(seconds=10))
        begin.first_execution_run_id = begin.original_execution_run_id = self.run_id
        begin.search_attributes.CopyFrom(self.attributes)
        return job


@dataclass
class Told:
    """One activation and the commands that came of it."""

    activation: WorkflowActivation
    commands: list[WorkflowCommand]


class Run:
    """One run, from its beginning to its end or to the next run.

    Attributes:
        tape: every activation that belongs to history, with its commands.
    """

    def __init__(self, begins: Begins, loop: asyncio.AbstractEventLoop) -> None:
        self.begins, self._loop = begins, loop
        self.tape: list[Told] = []
        self._instance = self._made()

    def activate(self, activation: WorkflowActivation) -> list[WorkflowCommand]:
        """Go on by one activation.

        Raises:
            TaskFailedError: the story raised something that is no failure of the workflow.
        """
        activation.run_id = self.begins.run_id
        commands = _commands(self._instance, activation)
        self.tape.append(Told(activation, list(commands)))
        return commands

    def asked(self, query: str, at: datetime) -> Any:
        """The payload that answers a query; what is asked leaves no trace."""
        activation = WorkflowActivation(run_id=self.begins.run_id, timestamp=stamp(at))
        job = activation.jobs.add().query_workflow
        job.query_id, job.query_type = "asked", query
        [command] = _commands(self._instance, activation)
        if not command.respond_to_query.HasField("succeeded"):
            raise TaskFailedError(command.respond_to_query.failed.message)
        return command.respond_to_query.succeeded.response

    @property
    def story(self) -> Any:
        """The workflow object itself, for a look at its state that is cheaper than a query."""
        return self._instance._object  # type: ignore[attr-defined]  # noqa: SLF001 - the SDK has no other way

    def evict(self) -> None:
        """Forget the story and tell it again all that history knows.

        Raises:
            OtherwayError: it said something else.
        """
        self.end()
        self._instance = self._made()
        for told in _of_history(self.tape):
            commands = _commands(self._instance, told.activation)
            if [_plain(each) for each in commands] != [_plain(each) for each in told.commands]:
                raise OtherwayError(f"{commands}\n\ninstead of\n\n{told.commands}")

    def rewind(self, place: int) -> None:
        """Go back to before an activation, as if it had not been."""
        del self.tape[place:]
        self.evict()

    def end(self) -> None:
        """Let go of everything that still waits inside."""
        activation = WorkflowActivation(run_id=self.begins.run_id)
        activation.jobs.add().remove_from_cache.SetInParent()
        self._instance.activate(activation)

    def _made(self) -> WorkflowInstance:
        async def made() -> WorkflowInstance:
            return UnsandboxedWorkflowRunner().create_instance(_details(self.begins))

        return self._loop.run_until_complete(made())


def stamp(moment: datetime) -> Timestamp:
    """A moment as protobuf has it."""
    found = Timestamp()
    found.FromDatetime(moment)
    return found


def _plain(command: WorkflowCommand) -> bytes:
    return command.SerializeToString(deterministic=True)


def _commands(instance: WorkflowInstance, activation: WorkflowActivation) -> list[WorkflowCommand]:
    completion = instance.activate(activation)
    if completion.WhichOneof("status") != "successful":
        raise TaskFailedError(_why(completion.failed.failure))
    return list(completion.successful.commands)


def _why(failure: Any) -> str:
    words = [failure.message]
    while failure.HasField("cause"):
        failure = failure.cause
        words.append(failure.message)
    return ": ".join(words)


def _of_history(tape: Sequence[Told]) -> list[Told]:
    """The tape as history keeps it: an update that was rejected never came, and none is validated twice.

    An update that was accepted and failed later is "rejected" as well, but history has it.
    """
    kept = []
    accepted = {each for told in tape for each in _updates(told, "accepted")}
    for told in tape:
        rejected = _updates(told, "rejected") - accepted
        activation = WorkflowActivation()
        activation.CopyFrom(told.activation)
        activation.is_replaying = True
        del activation.jobs[:]
        for command in told.commands:
            if command.HasField("set_patch_marker"):
                activation.jobs.add().notify_has_patch.patch_id = command.set_patch_marker.patch_id
        for job in told.activation.jobs:
            if job.do_update.protocol_instance_id not in rejected or not rejected:
                activation.jobs.add().CopyFrom(job)
        for job in activation.jobs:
            if job.HasField("do_update"):
                job.do_update.run_validator = False
        commands = [
            each for each in told.commands if each.update_response.protocol_instance_id not in rejected or not rejected
        ]
        if activation.jobs:
            kept.append(Told(activation, commands))
    return kept


def _updates(told: Told, response: str) -> set[str]:
    answers = [each.update_response for each in told.commands if each.HasField("update_response")]
    return {each.protocol_instance_id for each in answers if each.HasField(response)}  # type: ignore[arg-type]


def _details(begins: Begins) -> WorkflowInstanceDetails:
    known = {
        "attempt": 1,
        "headers": {},
        "raw_memo": {},
        "namespace": "default",
        "run_id": begins.run_id,
        "first_execution_run_id": begins.run_id,
        "original_execution_run_id": begins.run_id,
        "workflow_id": begins.workflow_id,
        "workflow_type": DEFINITION.name,
        "task_queue": TASK_QUEUE,
        "task_timeout": timedelta(seconds=10),
        "start_time": begins.at,
        "workflow_start_time": begins.at,
        "search_attributes": decode_search_attributes(begins.attributes),
        "typed_search_attributes": decode_typed_search_attributes(begins.attributes),
        "priority": Priority.default,
    }
    info: Any = workflow.Info
    return WorkflowInstanceDetails(
        payload_converter_factory=CONVERTER.payload_converter_class,
        failure_converter_class=CONVERTER.failure_converter_class,
        interceptor_classes=[],
        defn=DEFINITION,
        info=info(**{name: known.get(name) for name in info.__dataclass_fields__}),
        randomness_seed=begins.seed,
        extern_functions={
            "__temporal_assert_local_activity_valid": lambda _: None,
            "__temporal_get_metric_meter": lambda: MetricMeter.noop,
        },
        disable_eager_activity_execution=False,
        worker_level_failure_exception_types=[],
        patch_activation_callback=None,
        last_completion_result=Payloads(),
        last_failure=None,
    )
