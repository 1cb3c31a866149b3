"""The whole stack on one machine, and its supervisor.

This is what `handoff up` and `handoff demo` use:

    async with Stack(data, say) as stack:             # takes the folder's lock
        await stack.start_servers()                   # first stops what a killed `up` left running
        await migrate(stack.endpoints.postgres_url)
        await stack.provision(wanted)
        await stack.start([stack.process("worker", ["-m", "workers.worker"], env), ...])
        await stack.keep()                            # or keep_while(demo())
    # here everything is stopped: by SIGTERM, SIGINT or SIGHUP (`stack.asked_to_stop`), or by an error

`say` gets a line for whatever takes long or goes wrong. Errors, each with a sentence for people: `InUseError` (somebody
else holds the folder), `PartFailedError` (a part died five times within a minute, or is not ready in time), `JarsError`
(Kafka cannot be fetched). Other processes and commands read `Endpoints.read(data)`, `Keys.read(data)`, `status(data)`.
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
    """The servers and processes of one data folder, from `async with` to its end.

    Attributes:
        data: the data folder.
        keys: its secrets.
        elsewhere: what is not started here.
        asked_to_stop: the signal that ended it, if one did.
    """

    def __init__(self, data: Path, say: Say, elsewhere: Elsewhere | None = None) -> None:
        """A stack that does not run yet.

        Args:
            data: the folder, made if it is missing.
            say: told what people should know, a line at a time.
            elsewhere: what somebody else runs; it is waited for instead of started.
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
            # A second Ctrl+C does not leave half of it running.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(stopping)
        self._held.close()
        stopping.result()
        return self._ended_as_asked(kind)

    @property
    def endpoints(self) -> Endpoints:
        """Where the servers answer, whoever runs them."""
        return self.elsewhere.instead_of(self._made.endpoints)

    @property
    def restarts(self) -> dict[str, int]:
        """How often each part had to be started again."""
        return {keeper.part.name: keeper.restarts for keeper in self._keepers}

    def process(self, name: str, arguments: Sequence[str], env: Mapping[str, str]) -> ManagedProcess:
        """One of the engine's own processes, with a port and a log of its own.

        Args:
            name: worker, intake or relay.
            arguments: what follows the Python interpreter, such as `["-m", "workers.worker"]`.
            env: its settings. Added are `HANDOFF_DATA` and `HANDOFF_HEALTH_PORT`, where it answers `/ready`, `/live`.
        """
        port = self._ports.of(name)
        ours = {"HANDOFF_DATA": str(self.data), "HANDOFF_HEALTH_PORT": str(port)}
        log = self.data / "logs" / f"{name}.log"
        return process_part(name, arguments, log, {**env, **ours})

    async def start_servers(self, only: Collection[str] = NAMES) -> None:
        """Start PostgreSQL, Kafka and Temporal side by side, and tell other processes where they are.

        What an `up` that was killed left running on the folder is stopped first.

        Args:
            only: the servers to start, by name.

        Raises:
            PartFailedError: one of them cannot be started.
            JarsError: Kafka cannot be fetched.
        """
        await status.stop_leftovers(self.data, self._say)
        for name, taken, port in self._ports.move_from_taken():
            self._say(f"somebody else listens on port {taken} of {name}: it has port {port} from now on")
            if name == kafka.NAME:
                self._say(f"institutions reach Kafka at {LOOPBACK}:{port} now, and no longer as before: tell them")
        self._made = Servers.of(self.data, self.keys, self._ports, self._say)
        self.endpoints.write(self._made.postgres.port)
        await self._started(self._servers, *self._server_keepers(only))

    async def provision(self, wanted: WantedTopics) -> None:
        """Give each institution its topics, its Kafka user and its rights; safe to repeat."""
        engine = Login("engine", self.keys.engine_password)
        changes = await topics.provision(self.endpoints.kafka_bootstrap, engine, wanted)
        if changes:
            self._say(f"kafka: {len(changes)} topics, users and rights set for {len(wanted.institutions)} institutions")

    async def start(self, parts: Sequence[ManagedProcess]) -> None:
        """Start processes; returns when all are ready."""
        await self._started(self._processes, *(self._kept(part) for part in parts))

    async def wait_for(self, names: Iterable[str]) -> None:
        """Wait for processes that somebody else starts, each to be ready on its own port; for ever."""
        parts = (
            outside(name, self.data / "logs" / f"{name}.log", partial(answers_http, port, "/ready"), port)
            for name in names
            for port in (self._ports.of(name),)
        )
        await self._started(self._processes, *(self._awaited(part) for part in parts))

    def health_port(self, name: str) -> int:
        """Where a process of the engine's answers `/ready`."""
        return self._ports.of(name)

    async def keep(self) -> None:
        """Keep everything running until a signal asks to stop.

        Raises:
            PartFailedError: a part cannot be kept.
        """
        await self.keep_while(asyncio.Event().wait())

    async def keep_while(self, work: Coroutine[Any, Any, T]) -> T:
        """Keep everything running while something is done.

        Returns:
            What the work returned.

        Raises:
            PartFailedError: a part cannot be kept; the work is cancelled.
        """
        working = asyncio.create_task(work, name="what is done on the stack")
        watching = [
            asyncio.create_task(each.died_for_good(), name=f"watch over {each.part.name}") for each in self._keepers
        ]
        await _first(working, *watching)
        return working.result()

    @property
    def _keepers(self) -> list[Supervisor]:
        return [*self._servers, *self._processes]

    def _server_keepers(self, only: Collection[str]) -> Iterator[Supervisor]:
        """Of the servers: our own are started, somebody else's are waited for."""
        made = self._made
        theirs = self.elsewhere.servers()
        parts = made.postgres.part(), made.kafka.part(), made.temporal.part()
        for part in (each for each in parts if each.name in only):
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
        """What cannot be written down, for the disk is full say, is no reason to end what runs."""
        try:
            status.note(self.data, self._keepers)
        except OSError as trouble:
            self._say(f"what runs cannot be written down: {trouble.strerror}; free space under {self.data}")

    async def _look(self) -> None:
        async def look() -> None:
            await asyncio.gather(*(keeper.look() for keeper in self._keepers))

        await every(_LOOK_EVERY, look)

    async def _stop(self) -> None:
        """The processes first: they finish their work on the servers."""
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

        # `nohup` had SIGHUP ignored: it stays so.
        for each in (one for one in _STOPPERS if (one, signal.getsignal(one)) != (signal.SIGHUP, signal.SIG_IGN)):
            loop.add_signal_handler(each, stop, each)
            self._held.callback(loop.remove_signal_handler, each)


async def _all(works: Mapping[str, Coroutine[Any, Any, None]]) -> None:
    """Do all at once, each under its name; the first error ends the others and is raised."""
    tasks = [asyncio.create_task(work, name=name) for name, work in works.items()]
    try:
        await asyncio.gather(*tasks)
    finally:
        await _cancel(tasks)


async def _first(working: "asyncio.Task[Any]", *watching: "asyncio.Task[None]") -> None:
    """Wait until the work is done; an error of what watches over it ends it and is raised."""
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
