"""A deployment that is not `handoff up`: servers of somebody else, named in a settings file; processes beside them."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import text

from console.cli.run import Ran
from handoff.store.engine import connect
from tests.conftest import SessionStack
from tests.patience import PATIENCE
from tests.store.databases import url_of
from tests.workers.test_processes import Running, free_port
from workers.command import run_command
from workers.connections import LazyConnections
from workers.embedded.supervisor import Supervisor
from workers.settings import Settings

LOOKS = 90  # a second apart
PROCESSES = ("worker", "intake", "relay")


@dataclass
class Ward:
    """Whoever is on call sits here."""

    folder: Path
    stack: SessionStack
    servers: dict[str, Supervisor]
    named: dict[str, Any]
    running: dict[str, Running] = field(default_factory=dict)

    @classmethod
    async def of(cls, folder: Path, stack: SessionStack, database: str, **settings: Any) -> "Ward":
        """A ward whose settings file names the session's servers; `settings` say otherwise."""
        parts = stack.servers
        servers = {
            part.name: await stack.started(part)
            for part in (parts.postgres.part(), parts.kafka.part(), parts.temporal.part())
        }
        (folder / "master.key").write_bytes(secrets.token_bytes(32))
        (folder / "institutions.key").write_bytes(stack.keys.institutions_key)
        named = {
            "postgres_url": url_of(stack.endpoints.postgres_url, database),
            "kafka_bootstrap": stack.endpoints.kafka_bootstrap,
            "kafka_password": stack.keys.engine_password,
            "temporal_address": stack.endpoints.temporal_address,
            "master_key_file": str(folder / "master.key"),
            "institutions_key_file": str(folder / "institutions.key"),
        }
        ward = cls(folder, stack, servers, {**named, **settings})
        ward.set(**ward.named)
        return ward

    def set(self, **settings: Any) -> None:
        """Write the settings file; None leaves a setting out."""
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items() if value is not None]
        (self.folder / "settings.toml").write_text("\n".join(lines) + "\n")

    @property
    def kafka(self) -> dict[str, str]:
        """Arguments for an aiokafka client."""
        return Settings.read(self.folder).kafka

    async def runs(self, *words: str) -> Ran:
        """A command, at a desk of its own."""
        desk = LazyConnections(self.folder)
        try:
            return await run_command(desk, words)
        finally:
            await desk.close()

    async def says(self, statement: str) -> None:
        """A word to the database, as nobody on call should have to say it."""
        engine = connect(self.named["postgres_url"], pool=1)
        async with engine.begin() as conn:
            await conn.execute(text(statement))
        await engine.dispose()

    async def complaints(self) -> dict[str, str]:
        """What `doctor --quiet` prints, by part."""
        ran = await self.runs("doctor", "--quiet", "--strict", "--json")
        assert not ran.error, ran.error
        assert (ran.code == 0) == (ran.content == [])
        return {each["part"]: each["state"] for each in ran.content}

    async def settles(self, to: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
        """The same, once it is what is awaited, or what it is after a minute and a half or more."""
        found = await self.complaints()
        for _ in range(LOOKS):
            if found == to:
                break
            await asyncio.sleep(1)
            found = await self.complaints()
        return found

    async def start(self, name: str, *, cwd: Path | None = None, **env: str) -> Running:
        """A process, as an operator would start it."""
        port, log = free_port(), self.folder / f"{name}-{secrets.token_hex(3)}.log"
        ours = {"HANDOFF_DATA": str(self.folder), "HANDOFF_HEALTH_PORT": str(port), **env}
        theirs = {key: value for key, value in os.environ.items() if not key.startswith("HANDOFF_")}
        with log.open("w") as file:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", f"workers.{name}", stderr=file, env={**theirs, **ours}, cwd=cwd
            )
        self.running[name] = Running(process, port, log)
        return self.running[name]

    async def refused(self, name: str, **env: str) -> tuple[int, str]:
        """A process that does not start: its exit code, and the sentence that it ends with."""
        running = await self.start(name, **env)
        code = await asyncio.wait_for(running.process.wait(), PATIENCE)
        told = [json.loads(line) for line in running.log.read_text().splitlines()]
        return code, next((str(line["reason"]) for line in told if line["event"] == "refused"), str(told[-1:]))

    async def metrics(self, name: str) -> str:
        """What a process tells Prometheus."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.running[name].port)
        writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
        told = (await reader.read()).decode()
        writer.close()
        return told
