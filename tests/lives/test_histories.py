"""The driver speaks to the story as Temporal does: recorded histories come out of it as they went in."""

import asyncio
from typing import Any

import pytest
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowInstanceDetails

from tests.lives.histories import agree, begins, by_commands, by_events, played, tasks
from tests.lives.product import CONVERTER, STORY
from tests.lives.run import Told
from tests.workflows.record_histories import names, read

PLAYED = [name for name in names() if name != "cancellation-requested"]  # the driver cannot cancel


@pytest.mark.parametrize("name", PLAYED)
def test_a_history_that_is_played_through_the_driver_gives_the_commands_that_it_recorded(name: str) -> None:
    history = read(name)
    with asyncio.Runner() as runner:
        lived, _ = played(history, runner.get_loop())
    assert len(lived) == len(tasks(history)) > 0
    for task, commands in lived:
        assert agree(by_events(task), by_commands(commands)), (by_events(task), by_commands(commands))
    assert sum(len(by_events(task)) for task, _ in lived) > 1


class Witness(UnsandboxedWorkflowRunner):
    """Notes every activation that Core makes of a history, and what the story says to it."""

    def __init__(self) -> None:
        super().__init__()
        self.tape: list[Told] = []

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        instance = super().create_instance(det)
        activate = instance.activate

        def noted(activation: WorkflowActivation) -> Any:
            completion = activate(activation)
            self.tape.append(Told(activation, list(completion.successful.commands)))
            return completion

        instance.activate = noted  # type: ignore[method-assign]
        return instance


@pytest.mark.parametrize("name", PLAYED)
async def test_a_history_becomes_the_activations_that_core_makes_of_it(name: str) -> None:
    history, witness = read(name), Witness()
    replayer = Replayer(workflows=[STORY], workflow_runner=witness, data_converter=CONVERTER, debug_mode=True)
    assert (await replayer.replay_workflow(history, raise_on_replay_failure=False)).replay_failure is None

    def ours() -> list[Told]:
        with asyncio.Runner() as runner:
            return played(history, runner.get_loop())[1]

    tape = await asyncio.to_thread(ours)
    core = [told for told in witness.tape if not told.activation.jobs[0].HasField("remove_from_cache")]
    assert [_essence(told) for told in tape] == [_essence(told) for told in core]
    assert begins(history).workflow_id == history.workflow_id


def _essence(told: Told) -> Any:
    """What the story could turn on, and what it said; names of machines and versions left out."""
    moment = told.activation.timestamp.ToDatetime()
    jobs = []
    for job in told.activation.jobs:
        kind = job.WhichOneof("variant") or ""
        kept = getattr(job, kind)
        if kind == "initialize_workflow":
            jobs.append(
                (
                    kind,
                    [each.data for each in kept.arguments],
                    kept.search_attributes.SerializeToString(deterministic=True),
                )
            )
            continue
        for field in ("identity", "meta"):
            if field in kept.DESCRIPTOR.fields_by_name:
                kept.ClearField(field)
        jobs.append((kind, kept.SerializeToString(deterministic=True)))
    commands = [_command(each) for each in told.commands]
    return moment, told.activation.history_length, jobs, commands


def _command(command: Any) -> bytes:
    """A replay has a task queue of its own."""
    if command.HasField("schedule_activity"):
        command.schedule_activity.ClearField("task_queue")
    said: bytes = command.SerializeToString(deterministic=True)
    return said
