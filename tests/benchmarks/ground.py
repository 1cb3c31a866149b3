"""What a benchmark stands on: servers of its own, databases, and processes that are measured from outside."""

import asyncio
import itertools
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from temporalio.client import Client

from handoff.store.migrations import migrate
from tests.benchmarks.meter import Meter
from tests.store.databases import create
from workers.data_folder.keys import Keys
from workers.embedded import servers
from workers.embedded.ports import Ports
from workers.embedded.supervisor import Supervisor
from workflows.payloads import PAYLOADS

TEMPLATE = "bench_template"


@dataclass
class Ground:
    """Servers that run for one benchmark.

    Attributes:
        folder: their data folder, gone afterwards.
        pids: of the servers, by name.
    """

    folder: Path
    keys: Keys
    servers: servers.Servers
    pids: dict[str, int]
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def meter(self) -> Meter:
        """Of all that runs."""
        return Meter(dict(self.pids))

    async def database(self) -> str:
        """A fresh one, migrated; its address."""
        url = self.servers.endpoints.postgres_url
        return await create(url, f"bench_{next(self._numbers)}", like=TEMPLATE)

    async def temporal(self) -> Client:
        """A connection."""
        return await Client.connect(self.servers.endpoints.temporal_address, data_converter=PAYLOADS)

    @asynccontextmanager
    async def process(self, module: str, **settings: str) -> AsyncIterator[int]:
        """A process of ours while the block runs, told by HANDOFF_ variables; its pid."""
        told = {f"HANDOFF_{name.upper()}": value for name, value in settings.items()}
        log = (self.folder / f"{module}.log").open("ab")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, env={**os.environ, "HANDOFF_DATA": str(self.folder), **told}, stderr=log
        )
        self.pids[module.rpartition(".")[2]] = process.pid
        try:
            yield process.pid
        finally:
            del self.pids[module.rpartition(".")[2]]
            process.terminate()
            await process.wait()
            log.close()


@asynccontextmanager
async def ground(*parts: str) -> AsyncIterator[Ground]:
    """Start these servers in a folder of their own; stop them at the end."""
    with tempfile.TemporaryDirectory(prefix="handoff-bench-") as name:
        folder = Path(name)
        keys = Keys.of(folder)
        all_servers = servers.Servers.of(folder, keys, Ports(folder / "ports.json"), lambda _line: None)
        keepers = [Supervisor(getattr(all_servers, part).part(), lambda _line: None) for part in parts]
        try:
            for keeper in keepers:
                await keeper.start()
            all_servers.endpoints.write(all_servers.postgres.port)
            pids = {keeper.part.name: keeper.pid or 0 for keeper in keepers}
            if "postgres" in parts:
                await migrate(await create(all_servers.endpoints.postgres_url, TEMPLATE))
            yield Ground(folder, keys, all_servers, pids)
        finally:
            for keeper in reversed(keepers):
                await keeper.stop()
