"""Parts of the stack that are started elsewhere: in a container, on another machine, in a debugger."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from handoff.repeat import until
from handoff.store.address import Address
from workers.data_folder.endpoints import LOOPBACK, Endpoints
from workers.embedded import postgres, temporal
from workers.embedded.managed_process import ManagedProcess, answers
from workers.embedded.supervisor import Say, Supervisor

_AGAIN = 0.2  # seconds
_PATIENCE = 5.0  # seconds before it says what it waits for


@dataclass(frozen=True)
class Elsewhere:
    """What `handoff up` does not start, because it is started elsewhere.

    Attributes:
        postgres_url: of another PostgreSQL, for SQLAlchemy; "": the embedded one.
        temporal_address: of another Temporal, host and port; "": the embedded one.
        processes: names among worker, intake and relay.
    """

    postgres_url: str = field(default="", repr=False)
    temporal_address: str = ""
    processes: frozenset[str] = frozenset()

    def instead_of(self, made: Endpoints) -> Endpoints:
        """The endpoints, with these addresses instead of the embedded ones."""
        return replace(
            made,
            postgres_url=self.postgres_url or made.postgres_url,
            temporal_address=self.temporal_address or made.temporal_address,
            temporal_ui=None if self.temporal_address else made.temporal_ui,
        )

    def servers(self) -> dict[str, ManagedProcess]:
        """The external servers by name."""
        by_name = {}
        if self.postgres_url:
            [(host, port), *_] = Address.of(self.postgres_url).hosts
            by_name[postgres.NAME] = _server(postgres.NAME, host or LOOPBACK, port)
        if self.temporal_address:
            address, _, number = self.temporal_address.rpartition(":")
            by_name[temporal.NAME] = _server(temporal.NAME, address, int(number))
        return by_name


class ExternalSupervisor(Supervisor):
    """Waits for an external part and watches it; it never starts or stops it."""

    outside = True

    def __init__(
        self, part: ManagedProcess, say: Say, changed: Callable[[], None] = lambda: None, patience: float = _PATIENCE
    ) -> None:
        """Args: part: only its name and `ready` are used. patience: seconds before it says that it waits."""
        super().__init__(part, say, changed)
        self._patience = patience

    async def start(self) -> None:
        """Wait until it is ready, without a time limit."""
        says = f"waiting for {self.part.name}, which is not started here"
        impatient = asyncio.get_running_loop().call_later(self._patience, self._say, says)
        try:
            await until(self.part.ready, _AGAIN)
        finally:
            impatient.cancel()
        self._usable.set()
        self._note(ready=True)
        self._say(f"{self.part.name} is ready")

    async def look(self) -> None:
        """Ask whether it answers, and report a change."""
        before = self.ready
        if self._usable.is_set():
            self._note(ready=await self.part.ready())
        if before != self.ready:
            self._say(f"{self.part.name} {'is back' if self.ready else 'does not answer; it is not started here'}")

    async def died_for_good(self) -> None:
        """Never returns: an external part may come back at any time."""
        await asyncio.Event().wait()

    async def stop(self, grace: float = 0.0) -> None:
        """Stop watching it; it keeps running. `grace` is ignored."""
        del grace
        self._usable.clear()
        self._note(ready=False)


def _server(name: str, host: str, port: int) -> ManagedProcess:
    return outside(name, Path(os.devnull), lambda: answers(port, host), port)


def outside(name: str, log: Path, ready: Callable[[], Awaitable[bool]], port: int | None = None) -> ManagedProcess:
    """Describe a part that runs elsewhere; it has no command, and its log is not written here."""
    return ManagedProcess(name=name, command=(), log=log, ready=ready, port=port)
