"""A part of the stack that somebody else runs: a container, another machine's server, a developer's debugger."""

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
_PATIENCE = 5.0  # seconds without it after which people are told whom we wait for


@dataclass(frozen=True)
class Elsewhere:
    """What `handoff up` does not start, because somebody else runs it.

    Attributes:
        postgres_url: of a PostgreSQL, for SQLAlchemy; empty: the embedded one.
        temporal_address: of a Temporal, host and port; empty: the embedded one.
        processes: names among worker, intake and relay.
    """

    postgres_url: str = field(default="", repr=False)
    temporal_address: str = ""
    processes: frozenset[str] = frozenset()

    def instead_of(self, made: Endpoints) -> Endpoints:
        """Addresses of a stack, with these instead of the embedded ones."""
        return replace(
            made,
            postgres_url=self.postgres_url or made.postgres_url,
            temporal_address=self.temporal_address or made.temporal_address,
            temporal_ui=None if self.temporal_address else made.temporal_ui,
        )

    def servers(self) -> dict[str, ManagedProcess]:
        """The servers among them, by name."""
        found = {}
        if self.postgres_url:
            [(host, port), *_] = Address.of(self.postgres_url).hosts
            found[postgres.NAME] = _server(postgres.NAME, host or LOOPBACK, port)
        if self.temporal_address:
            address, _, number = self.temporal_address.rpartition(":")
            found[temporal.NAME] = _server(temporal.NAME, address, int(number))
        return found


class ExternalSupervisor(Supervisor):
    """Waits for a part and looks at it; it never starts and never stops it."""

    outside = True

    def __init__(
        self, part: ManagedProcess, say: Say, changed: Callable[[], None] = lambda: None, patience: float = _PATIENCE
    ) -> None:
        """Args: part: its name and its sign of being ready count. patience: seconds until people are told."""
        super().__init__(part, say, changed)
        self._patience = patience

    async def start(self) -> None:
        """Wait until it is there: for ever, since only people can bring it."""
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
        """Ask whether it answers; that it went or came back is said."""
        before = self.ready
        if self._usable.is_set():
            self._note(ready=await self.part.ready())
        if before != self.ready:
            self._say(f"{self.part.name} {'is back' if self.ready else 'does not answer; it is not started here'}")

    async def died_for_good(self) -> None:
        """It never does: it may come back at any time."""
        await asyncio.Event().wait()

    async def stop(self, grace: float = 0.0) -> None:
        """Let go of it; it runs on. `grace` counts for parts of our own."""
        del grace
        self._usable.clear()
        self._note(ready=False)


def _server(name: str, host: str, port: int) -> ManagedProcess:
    return outside(name, Path(os.devnull), lambda: answers(port, host), port)


def outside(name: str, log: Path, ready: Callable[[], Awaitable[bool]], port: int | None = None) -> ManagedProcess:
    """What is known of a part that runs elsewhere; nothing is ever written to its log here."""
    return ManagedProcess(name=name, command=(), log=log, ready=ready, port=port)
