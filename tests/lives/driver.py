"""Temporal's part without a server: its own clock, a heap of what happens next, and the record's activities."""

import asyncio
import heapq
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob
from temporalio.bridge.proto.workflow_commands import WorkflowCommand

from tests.lives.clients import AGAIN, Clients
from tests.lives.jobs import answered, attributes_of, causes, check, in_order, payload, signalled
from tests.lives.run import Begins, Run, stamp
from tests.lives.weather import Weather, Write, away_failure

EVENTS_A_TASK = 3  # of history: scheduled, started, completed
TASK_LASTS = timedelta(seconds=10)  # at most: its time-out
ENDS = {"complete_workflow_execution", "continue_as_new_workflow_execution", "fail_workflow_execution"}


@dataclass
class Driver:
    """One workflow under one id, and time.

    Attributes:
        now: its clock.
        carried_out: carries out an activity: its name and arguments in, its answer as a payload out.
        evicts: the story is evicted and replayed after every workflow task.
        clients: those who ask for updates.
        attributes: the search attributes as they stand.
        end: what the workflow returned; None while it runs.
        runs: how many runs it took.
        tasks: how many workflow tasks.
        again: how many of them were done again, since something came before the run could end.
        forgotten: how many of them were done again, since their worker was killed after it had written.
        writing: how many writes are tried again as ordinary activities.
        unanswered: writes that are done, and whose answer the story does not have yet.
        written: keys of the milestones that history has an answer for.
        watched: called after each workflow task, and after each write outside of one.
    """

    workflow_id: str
    now: datetime
    carried_out: Callable[[str, Sequence[Payload]], Payload]
    weather: Weather
    loop: asyncio.AbstractEventLoop
    evicts: bool = False
    clients: Clients = field(default_factory=Clients)
    attributes: dict[str, Any] = field(default_factory=dict)
    end: Any = None
    runs: int = 0
    tasks: int = 0
    again: int = 0
    forgotten: int = 0
    new_build: bool = False
    writing: int = 0
    unanswered: int = 0
    written: set[str] = field(default_factory=set)
    watched: Callable[[], None] = lambda: None
    _heap: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _order: Any = field(default_factory=itertools.count)
    _jobs: list[WorkflowActivationJob] = field(default_factory=list)
    _timers: dict[int, int] = field(default_factory=dict)
    _events: int = 0
    _forgets: timedelta = timedelta(0)
    _forgot: set[str] = field(default_factory=set)
    _answered: set[str] = field(default_factory=set)
    _accepted: set[str] = field(default_factory=set)
    _originating: Any = field(default_factory=itertools.count)

    # what others do

    def start(self, begin: Any, attributes: dict[str, Any]) -> None:
        """Begin the workflow; its first task comes with what it is told in this moment."""
        self._begin([payload(begin)], attributes)

    def at(self, moment: datetime, happens: Callable[[], None]) -> None:
        """Have something happen at a moment, or now if that is over."""
        heapq.heappush(self._heap, (max(moment, self.now), next(self._order), happens))

    def signal(self, name: str, argument: Any) -> None:
        """Signal the workflow; it is told in the next task."""
        self._jobs.append(signalled(name, argument, next(self._originating) + 2))
        self._events += 1

    def update(self, name: str, argument: Any, once: str) -> None:
        """Ask for an update; its answer stands in `clients.answers` then."""
        self._jobs.append(self.clients.ask(name, argument, once))

    def query(self, name: str) -> Any:
        """What the workflow answers a query."""
        return json.loads(self.run.asked(name, self.now).data)

    # time

    @property
    def next_moment(self) -> datetime | None:
        """When something happens next; None: nothing does."""
        if self.end is not None or not (self._jobs or self._heap):
            return None
        return self.now if self._jobs else self._heap[0][0]

    def passes(self, until: datetime) -> None:
        """Let time pass, and everything happen that is due meanwhile."""
        while self.end is None and (self._jobs or (self._heap and self._heap[0][0] <= until)):
            if not self._jobs:
                self._happens(self._heap[0][0])
            if self._jobs:
                self._task()
                self._happens(self.now)  # what came meanwhile is told in the next task
        self.now = max(self.now, until)

    def nobody_works(self, until: datetime) -> None:
        """No worker runs until then: what happens meanwhile reaches the story in one task."""
        self._happens(until)
        self.now = max(self.now, until)

    def _happens(self, until: datetime) -> None:
        """Everything that is due by a moment: it reaches the story together."""
        while self._heap and self._heap[0][0] <= until:
            moment, _, happens = heapq.heappop(self._heap)
            self.now = max(self.now, moment)
            happens()

    def close(self) -> None:
        """Let go of the run."""
        self.run.end()

    def lose(self, arguments: list[Payload], attributes: dict[str, Any]) -> None:
        """Lose the run and all that was on its way to it. Another one begins; who has no answer yet asks it."""
        self.run.end()
        self._jobs.clear()
        self._begin(arguments, attributes)
        self._asked_again(self.clients.unanswered())

    # a workflow task

    def _task(self) -> None:
        """One workflow task: it lasts for as long as local activities run, and whatever comes meanwhile waits.

        A task that would end the run while something waits to be told is not accepted: it is done again, with that. So
        is a task whose worker was killed after it had written.
        """
        self.tasks += 1
        self._events += EVENTS_A_TASK
        jobs, self._jobs, began = self._jobs, [], len(self.run.tape)
        self._answered = set()
        commands = self._lived(jobs, self._events - 1)
        if self._forgets:
            self._happens(self.now + self._forgets)
            self.forgotten, self._forgets = self.forgotten + 1, timedelta(0)
            self._again(jobs, began)
            return
        if any(command.WhichOneof("variant") in ENDS for command in commands):
            self._happens(self.now + TASK_LASTS)
            if self._jobs:
                self.again += 1
                self._again(jobs, began)
                return
        self.written |= self._answered
        for command in commands:
            self._events += 1
            self._obey(command)
        if self.end is None and self.evicts:
            self.run.evict()
        self.watched()

    def _again(self, jobs: Sequence[WorkflowActivationJob], began: int) -> None:
        """Have the task done again, together with what came meanwhile; updates once their clients ask again."""
        self._jobs = [*(job for job in jobs if not job.HasField("do_update")), *self._jobs]
        self._asked_again([job for job in jobs if job.HasField("do_update")])
        self.run.rewind(began)

    def _asked_again(self, jobs: Sequence[WorkflowActivationJob]) -> None:
        self.at(self.now + AGAIN, lambda: self._jobs.extend(jobs))

    def _lived(self, jobs: Sequence[WorkflowActivationJob], length: int) -> list[WorkflowCommand]:
        """The commands of one task, in order, without the local activities that were carried out on the way."""
        said, commands, wrote = [], self._activated(jobs, length), set[str]()
        while commands:
            command = commands.pop(0)
            if command.HasField("schedule_local_activity"):
                wrote |= causes(command.schedule_local_activity)
                commands += self._activated([self._at_once(command.schedule_local_activity)], length)
                self._events += 1
            else:
                said.append(command)
        if self.run.story.actions_first:
            check(jobs, wrote, said)
        return said

    def _activated(self, jobs: Sequence[WorkflowActivationJob], length: int) -> list[WorkflowCommand]:
        activation = WorkflowActivation(timestamp=stamp(self.now), history_length=length, jobs=in_order(jobs))
        self._answered |= {key for job in jobs for key in answered(job)}
        activation.target_worker_deployment_version_changed = self.new_build
        return self.run.activate(activation)

    def _at_once(self, asked: Any) -> WorkflowActivationJob:
        """Carry out a local activity; where its three attempts are not enough it fails."""
        write = self._write(asked)
        job = WorkflowActivationJob()
        job.resolve_activity.seq, job.resolve_activity.is_local = asked.seq, True
        answer = None if write.away else self.carried_out(asked.activity_type, asked.arguments)
        if write.away or write.lost:
            self.now += timedelta(seconds=3)
            self.unanswered += not write.away
            job.resolve_activity.result.failed.failure.CopyFrom(away_failure())
        else:
            self.now += write.takes
            self._forget(asked, write)
            job.resolve_activity.result.completed.result.CopyFrom(answer)
        return job

    def _forget(self, asked: Any, write: Write) -> None:
        """Lose the task once this is written, if the weather says so; once for each write."""
        first = json.loads(asked.arguments[0].data)["entries"][0]["key"]
        if write.forgotten and first not in self._forgot:
            self._forgot.add(first)
            self._forgets = max(self._forgets, write.outage)

    def _write(self, asked: Any) -> Write:
        return self.weather.of(json.loads(asked.arguments[0].data))

    # commands

    def _obey(self, command: WorkflowCommand) -> None:
        kind = command.WhichOneof("variant")
        obeyed = getattr(self, f"_{kind}", None)
        if obeyed is None:
            raise NotImplementedError(f"the story said {kind}")
        obeyed(getattr(command, kind))

    def _start_timer(self, asked: Any) -> None:
        run, seq = self.runs, asked.seq
        self._timers[seq] = run
        self.at(self.now + asked.start_to_fire_timeout.ToTimedelta(), lambda: self._fires(run, seq))

    def _fires(self, run: int, seq: int) -> None:
        if run == self.runs and self._timers.pop(seq, None) is not None:
            job = WorkflowActivationJob()
            job.fire_timer.seq = seq
            self._jobs.append(job)
            self._events += 1

    def _cancel_timer(self, asked: Any) -> None:
        self._timers.pop(asked.seq, None)

    def _schedule_activity(self, asked: Any) -> None:
        write, run = self._write(asked), self.runs
        self.writing += 1
        takes = write.outage if write.away or write.lost else write.takes
        self.at(self.now + takes, lambda: self._carried_out(run, asked))

    def _carried_out(self, run: int, asked: Any) -> None:
        if run != self.runs:
            return
        self.writing, self.unanswered = self.writing - 1, 0
        job = WorkflowActivationJob()
        job.resolve_activity.seq = asked.seq
        if self._write(asked).lost:
            self.carried_out(asked.activity_type, asked.arguments)
        answer = self.carried_out(asked.activity_type, asked.arguments)
        job.resolve_activity.result.completed.result.CopyFrom(answer)
        self._jobs.append(job)
        self._events += 2
        self.watched()

    def _upsert_workflow_search_attributes(self, asked: Any) -> None:
        for name, value in asked.search_attributes.indexed_fields.items():
            self.attributes[name] = json.loads(value.data)

    def _set_patch_marker(self, _asked: Any) -> None:
        self._events += 1  # the marker's own event and that of its search attribute: one of them is counted already

    def _update_response(self, said: Any) -> None:
        if said.HasField("accepted"):
            self._accepted.add(said.protocol_instance_id)
        elif said.HasField("completed"):
            self.clients.hear(said.protocol_instance_id, json.loads(said.completed.data))
        elif said.HasField("rejected"):
            self._events -= said.protocol_instance_id not in self._accepted  # then history has no trace of it
            self.clients.hear(said.protocol_instance_id, said.rejected.application_failure_info.type)

    def _complete_workflow_execution(self, said: Any) -> None:
        self.end = json.loads(said.result.data)

    def _continue_as_new_workflow_execution(self, said: Any) -> None:
        told_on, again = self.run.story.actions_first, self.clients.lose()
        self.run.end()
        self.new_build = False
        self._begin(list(said.arguments), self.attributes)
        self._asked_again(again if told_on else ())

    def _begin(self, arguments: list[Payload], attributes: dict[str, Any]) -> None:
        self.runs += 1
        self._timers, self._events, self.writing, self.unanswered = {}, 1, 0, 0
        self.attributes = dict(attributes)
        run_id = f"{self.workflow_id}-{self.runs}"
        begins = Begins(self.workflow_id, run_id, arguments, self.now, self.runs, attributes_of(attributes))
        self.run = Run(begins, self.loop)
        self._jobs.insert(0, begins.job())
