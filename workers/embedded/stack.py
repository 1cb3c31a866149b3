"""The whole stack on one machine, and its supervisor.

This is what `handoff up` and `handoff demo` use:

    async with Stack(data, say) as stack:             # takes the folder's lock
        await stack.start_servers()                   # first stops what a killed `up` left running
        await migrate(stack.endpoints.postgres_url)
        await stack.provision(wanted)
        await stack.start([stack.process("worker", ["-m", "workers.worker"], env), ...])
        await stack.keep()                            # or keep_while(demo())
    # here everything is stopped: by SIGTERM, SIGINT or SIGHUP (`stack.asked_to_stop`), or by an error

`say` gets a line when something takes long or fails. Errors, each with a sentence for people: `InUseError` (another
process holds the folder), `PartFailedError` (a part died five times within a minute, or is not ready in time),
`JarsError` (Kafka cannot be downloaded). Other processes use `Endpoints.read(data)`, `Keys.read(data)`, `status(data)`.
"""

import asyncio
import contextlib
import signal
from collections.abc import Collection, Coroutine, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from events.kafka import topics
from events.kafka.login import Login
from events.kafka.topics import WantedTopics
from handoff.repeat import every
from workers.data_folder.endpoints import LOOPBACK, Endpoints
from workers.data_folder.keys import Keys
from workers.embedded import kafka, lock, status
from workers.embedded.external import Elsewhere, ExternalSupervisor, outside
from workers.embedded.managed_process import ManagedProcess, answers_http, process_part
from workers.embedded.ports import Ports
from workers.embedded.servers import NAMES, Servers
from workers.embedded.supervisor import Say, Supervisor

_LOOK_EVERY = 1.0  # seconds
_STOPPERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

T = TypeVar("T")


class Stack:
    """The servers and processes of one data folder, for the length of an `async with` block.

    Attributes:
        data: the data folder.
        keys: its secrets.
        elsewhere: the parts that are not started here.
        asked_to_stop: the signal that ended it, if any.
    """

    def __init__(self, data: Path, say: Say, elsewhere: Elsewhere | None = None) -> None:
        """A stack; nothing runs before `async with`.

        Args:
            data: the folder, made if it is missing.
            say: prints a line for people.
            elsewhere: parts to wait for instead of starting them.
        """
        self.data = data.resolve()
        self.data.mkdir(parents=True, exist_ok=True)
        self.asked_to_stop: signal.Signals | None = None
        self._say = say
        self.elsewhere = elsewhere or Elsewhere()
        self._ports = Ports(self.data / "ports.json")
        self._servers: list[Supervisor] = []
        self._processes: list[Supervisor] = []
        self._held = contextlib.ExitStack()
        self._looking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._held.enter_context(lock.held(self.data))
        try:
            self.keys = Keys.of(self.data)
        except BaseException:
            self._held.close()
            raise
        self._listen_to_signals()
        self._looking = asyncio.create_task(self._look(), name="look at the parts")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        stopping = asyncio.ensure_future(self._stop())
        while not stopping.done():
            # A second Ctrl+C must not leave half of it running.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(stopping)
        self._held.close()
        stopping.result()
        return self._ended_as_asked(kind)

    @property
    def endpoints(self) -> Endpoints:
        """The addresses of the servers, embedded or external."""
        return self.elsewhere.instead_of(self._made.endpoints)

    @property
    def restarts(self) -> dict[str, int]:
        """Number of restarts of each part, by name."""
        return {keeper.part.name: keeper.restarts for keeper in self._keepers}

    def process(self, name: str, arguments: Sequence[str], env: Mapping[str, str]) -> ManagedProcess:
        """One of the engine's own processes, with its own port and log.

        Args:
            name: worker, intake or relay.
            arguments: arguments of the interpreter, such as `["-m", "workers.worker"]`.
            env: its settings; `HANDOFF_DATA` and `HANDOFF_HEALTH_PORT` are added.
        """
        port = self._ports.of(name)
        ours = {"HANDOFF_DATA": str(self.data), "HANDOFF_HEALTH_PORT": str(port)}
        log = self.data / "logs" / f"{name}.log"
        return process_part(name, arguments, log, {**env, **ours})

    async def start_servers(self, only: Collection[str] = NAMES) -> None:
        """Start PostgreSQL, Kafka and Temporal in parallel, and write their addresses for other processes.

        Processes that a killed `up` left running on the folder are stopped first.

        Args:
            only: the servers to start, by name.

        Raises:
            PartFailedError: one of them cannot be started.
            JarsError: Kafka cannot be downloaded.
        """
        await status.stop_leftovers(self.data, self._say)
        for name, taken, port in self._ports.move_from_taken():
            self._say(f"port {taken} of {name} is in use by another program: it has port {port} from now on")
            if name == kafka.NAME:
                self._say(f"institutions have to connect to Kafka at {LOOPBACK}:{port} from now on: tell them")
        self._made = Servers.of(self.data, self.keys, self._ports, self._say)
        self.endpoints.write(self._made.postgres.port)
        await self._started(self._servers, *self._server_keepers(only))

    async def provision(self, target: WantedTopics) -> None:
        """Set up each institution's topics, Kafka user and rights; safe to repeat."""
        engine = Login("engine", self.keys.engine_password)
        changes = await topics.provision(self.endpoints.kafka_bootstrap, engine, target)
        if changes:
            self._say(f"kafka: {len(changes)} topics, users and rights set for {len(target.institutions)} institutions")

    async def start(self, parts: Sequence[ManagedProcess]) -> None:
        """Start processes and wait until all are ready."""
        await self._started(self._processes, *(self._kept(part) for part in parts))

    async def wait_for(self, names: Iterable[str]) -> None:
        """Wait until processes that are started elsewhere are ready on their ports, without a time limit."""
        parts = (
            outside(name, self.data / "logs" / f"{name}.log", partial(answers_http, port, "/ready"), port)
            for name in names
            for port in (self._ports.of(name),)
        )
        await self._started(self._processes, *(self._awaited(part) for part in parts))

    def health_port(self, name: str) -> int:
        """The HTTP port where a process answers `/ready`."""
        return self._ports.of(name)

    async def keep(self) -> None:
        """Keep everything running until a signal stops it.

        Raises:
            PartFailedError: a part keeps dying.
        """
        await self.keep_while(asyncio.Event().wait())

    async def keep_while(self, work: Coroutine[Any, Any, T]) -> T:
        """Keep everything running until `work` is done.

        Returns:
            The result of `work`.

        Raises:
            PartFailedError: a part keeps dying; `work` is cancelled.
        """
        working = asyncio.create_task(work, name="work on the stack")
        watching = [
            asyncio.create_task(keeper.died_for_good(), name=f"watch over {keeper.part.name}")
            for keeper in self._keepers
        ]
        await _first(working, *watching)
        return working.result()

    @property
    def _keepers(self) -> list[Supervisor]:
        return [*self._servers, *self._processes]

    def _server_keepers(self, only: Collection[str]) -> Iterator[Supervisor]:
        """A supervisor for each server: embedded ones start it, others wait for it."""
        made = self._made
        theirs = self.elsewhere.servers()
        parts = made.postgres.part(), made.kafka.part(), made.temporal.part()
        for part in (server for server in parts if server.name in only):
            yield self._awaited(theirs[part.name]) if part.name in theirs else self._kept(part)

    def _kept(self, part: ManagedProcess) -> Supervisor:
        return Supervisor(part, self._say, self._note)

    def _awaited(self, part: ManagedProcess) -> Supervisor:
        return ExternalSupervisor(part, self._say, self._note)

    async def _started(self, among: list[Supervisor], *keepers: Supervisor) -> None:
        among += keepers
        await _all({f"start {keeper.part.name}": keeper.start() for keeper in keepers})

    def _ended_as_asked(self, kind: type[BaseException] | None) -> bool:
        task = asyncio.current_task()
        if self.asked_to_stop is None or kind is not asyncio.CancelledError or task is None:
            return False
        task.uncancel()
        return True

    def _note(self) -> None:
        """Write the status file. A failure, such as a full disk, does not end the stack."""
        try:
            status.note(self.data, self._keepers)
        except OSError as trouble:
            self._say(f"the status file cannot be written: {trouble.strerror}; free space under {self.data}")

    async def _look(self) -> None:
        async def look() -> None:
            await asyncio.gather(*(keeper.look() for keeper in self._keepers))

        await every(_LOOK_EVERY, look)

    async def _stop(self) -> None:
        """Stop the processes first, since they finish their work on the servers."""
        if self._looking:
            self._looking.cancel()
        for keepers in (self._processes, self._servers):
            await asyncio.gather(*(keeper.stop() for keeper in keepers))

    def _listen_to_signals(self) -> None:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()

        def stop(received: signal.Signals) -> None:
            if self.asked_to_stop is None and task is not None:
                self.asked_to_stop = received
                self._say("stopping")
                task.cancel()

        # Under `nohup` SIGHUP is ignored, and stays so.
        for number in (one for one in _STOPPERS if (one, signal.getsignal(one)) != (signal.SIGHUP, signal.SIG_IGN)):
            loop.add_signal_handler(number, stop, number)
            self._held.callback(loop.remove_signal_handler, number)


async def _all(works: Mapping[str, Coroutine[Any, Any, None]]) -> None:
    """Run all in parallel, each as a task with its name; the first error cancels the others and is raised."""
    tasks = [asyncio.create_task(work, name=name) for name, work in works.items()]
    try:
        await asyncio.gather(*tasks)
    finally:
        await _cancel(tasks)


async def _first(working: "asyncio.Task[Any]", *watching: "asyncio.Task[None]") -> None:
    """Wait until the work is done; an error of a watching task cancels it and is raised."""
    try:
        done, _ = await asyncio.wait({working, *watching}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await _cancel([working, *watching])


async def _cancel(tasks: Sequence["asyncio.Task[Any]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
