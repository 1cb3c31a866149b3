"""The real servers, one of each for the whole session, started when the first test asks for one.

- `postgres_url`: of a PostgreSQL with an empty database, for SQLAlchemy with asyncpg; the role may make more databases.
- `temporal_address`: of a Temporal server, host and port.
- `kafka`: a `Broker` with SCRAM and access lists, as in production.
- `stack`: all three, for what needs their data folder or wants to start them by hand.
- `city`: servers and processes together, as `handoff up` runs them, for journeys through the whole stack.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from events.kafka import topics
from events.kafka.login import Login
from events.kafka.topics import WantedTopics
from tests.journeys.city import City, running
from tests.patience import PATIENCE
from tests.store.databases import tests_may_make_roles
from workers.data_folder.endpoints import Endpoints
from workers.data_folder.keys import Keys
from workers.embedded import postgres, servers
from workers.embedded.managed_process import ManagedProcess
from workers.embedded.ports import Ports
from workers.embedded.supervisor import Supervisor

# Machines are shared: how long an example takes says nothing about it.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

_RAN = pytest.StashKey[dict[str, str]]()


@dataclass(frozen=True)
class Broker:
    """Apache Kafka, as a test sees it: `AIOKafkaConsumer(..., **broker.engine.aiokafka(broker.bootstrap))`."""

    bootstrap: str
    engine: Login
    keys: Keys

    async def provision(self, *institutions: str) -> dict[str, Login]:
        """Topics, users and rights for the institutions; their logins by code."""
        passwords = {code: self.keys.institution_password(code) for code in institutions}
        await topics.provision(self.bootstrap, self.engine, WantedTopics(institutions, passwords))
        return {code: Login(code, password) for code, password in passwords.items()}


class SessionStack:
    """The servers of this test session, each started at most once."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.keys = Keys.of(data)
        self.said: list[str] = []
        self.servers = servers.Servers.of(data, self.keys, Ports(data / "ports.json"), self.said.append)
        self._kept: dict[str, Supervisor] = {}

    @property
    def endpoints(self) -> Endpoints:
        """Where the servers answer, or will."""
        return self.servers.endpoints

    async def started(self, part: ManagedProcess) -> Supervisor:
        """The part's keeper; it runs when this returns. `stop()` and `start()` on it make an outage."""
        if part.name not in self._kept:
            self._kept[part.name] = Supervisor(part, self.said.append)
            await self._kept[part.name].start()
        return self._kept[part.name]

    def runs(self, name: str) -> bool:
        """Whether a part was started."""
        return name in self._kept

    async def kill(self, part: ManagedProcess) -> None:
        """kill -9 of a started part; returns when it is back and usable."""
        keeper = await self.started(part)
        assert keeper.pid
        before = keeper.restarts
        os.kill(keeper.pid, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE):
            while keeper.restarts == before or not keeper.ready:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    def pids(self) -> list[int]:
        """Of the servers that run."""
        return [keeper.pid for keeper in self._kept.values() if keeper.pid]

    async def versions(self) -> dict[str, str]:
        """The versions of what runs now."""
        return await servers.versions(self.endpoints, self._kept)

    async def stop(self) -> None:
        """End what was started."""
        for keeper in reversed(self._kept.values()):
            await keeper.stop()


@pytest.fixture(scope="session")
async def stack(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[SessionStack]:
    running = SessionStack(tmp_path_factory.mktemp("stack"))
    yield running
    try:
        request.config.stash[_RAN].update(await running.versions())
    finally:
        await running.stop()


@pytest.fixture(scope="session")
async def postgres_url(stack: SessionStack) -> str:
    if not stack.runs(postgres.NAME):
        await tests_may_make_roles(stack.servers.postgres)
    await stack.started(stack.servers.postgres.part())
    return stack.endpoints.postgres_url


@pytest.fixture(scope="session")
async def temporal_address(stack: SessionStack) -> str:
    await stack.started(stack.servers.temporal.part())
    return stack.endpoints.temporal_address


@pytest.fixture(scope="session")
async def kafka(stack: SessionStack) -> Broker:
    await stack.started(stack.servers.kafka.part())
    return Broker(stack.endpoints.kafka_bootstrap, Login("engine", stack.keys.engine_password), stack.keys)


@pytest.fixture(scope="session")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with running(tmp_path_factory.mktemp("city")) as city:
        yield city


def pytest_configure(config: pytest.Config) -> None:
    """`make test` runs in several processes; what each ran on comes back with its results."""
    config.stash[_RAN] = getattr(config, "workeroutput", {}).setdefault("ran", {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[_RAN].update(getattr(node, "workeroutput", {}).get("ran", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if ran := config.stash[_RAN]:
        servers_in_words = ", ".join(f"{name} {version}" for name, version in ran.items())
        terminalreporter.write_line(f"ran on {servers_in_words}")
