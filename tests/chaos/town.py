"""Real servers with proxies before them, and processes of ours behind the proxies: where a chaos run happens."""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from confluent_kafka.admin import AdminClient
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from events.kafka.login import Login, topic_from, topic_to
from events.kafka.topics import WantedTopics, provision
from handoff.repeat import until
from handoff.store.engine import connect
from tests.proxy import FaultProxy
from tests.store.databases import create, forget_templates, migrated, tests_may_make_roles
from tests.workers.test_processes import free_port
from workers.data_folder.keys import Keys
from workers.embedded import servers
from workers.embedded.ports import Ports
from workers.embedded.supervisor import Supervisor
from workflows import namespace

HOSPITALS = ("gm-hospital", "seoul-hospital", "gm-long-term-care")
ROLE = "chaos"
PROCESSES = ("intake", "relay", "worker")
REFUSED = 3  # a process that finds a wrong password when it starts refuses, by design
_GRANTS = ("ALL ON ALL TABLES IN SCHEMA public", "ALL ON ALL SEQUENCES IN SCHEMA public", "USAGE ON SCHEMA public")


@dataclass
class Ours:
    """One process, started again whenever it ends.

    Attributes:
        died: exit codes with which it ended by itself: none is expected.
    """

    name: str
    env: dict[str, str]
    log: Path
    died: list[int] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None
    killed: bool = False
    keeping: asyncio.Task[None] | None = None

    async def keep(self) -> None:
        """Run it for ever."""
        while True:
            with self.log.open("ab") as log:
                command = (sys.executable, "-m", f"workers.{self.name}")
                self.process = await asyncio.create_subprocess_exec(*command, env=self.env, stderr=log, stdout=log)
                code = await self.process.wait()
            if not self.killed and code != REFUSED:
                self.died.append(code)
            self.killed = False
            await asyncio.sleep(0.2)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.killed = self.killed or number == signal.SIGKILL
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(number)

    async def end(self) -> None:
        """Stop it for good."""
        if self.keeping:
            self.keeping.cancel()
        self.send(signal.SIGKILL)
        if self.process is not None:
            await self.process.wait()


@dataclass
class Servers:
    """PostgreSQL, Kafka and Temporal, for many runs."""

    folder: Path
    keys: Keys
    there: servers.Servers
    kafka_proxy: FaultProxy
    keepers: list[Supervisor]

    @property
    def login(self) -> dict[str, str]:
        """librdkafka's settings straight to the broker: hospitals are not disturbed."""
        return Login("engine", self.keys.engine_password).librdkafka(self.there.kafka.bootstrap)

    @property
    def admin(self) -> AdminClient:
        return AdminClient({**self.login, "log_level": 0})


@dataclass
class Town:
    """One run's database, topics, namespace and processes.

    Attributes:
        proxies: by what stands behind: `kafka`, and `postgres` and `temporal` of each process.
        engine: straight to the database, for counting and for faults.
    """

    servers: Servers
    engine: AsyncEngine
    password: str
    proxies: dict[str, FaultProxy]
    processes: dict[str, Ours]

    async def says(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """A word to the database, past all proxies."""
        async with self.engine.connect() as conn:
            done = await conn.execute(text(statement), values)
            rows = [tuple(row) for row in done] if done.returns_rows else []
            await conn.commit()
        return rows

    async def mend(self) -> None:
        """Let go of everything."""
        await asyncio.gather(*(proxy.mend() for proxy in self.proxies.values()))


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Servers]:
    """The servers, with a second listener of Kafka's behind a proxy."""
    keys = Keys.of(folder)
    there = servers.Servers.of(folder, keys, Ports(folder / "ports.json"), lambda _: None)
    listens = free_port()
    proxy = FaultProxy(("127.0.0.1", listens))
    await proxy.mend()
    there = replace(there, kafka=replace(there.kafka, detour=(listens, proxy.port)))
    await tests_may_make_roles(there.postgres)
    keepers = [Supervisor(part.part(), lambda _: None) for part in (there.postgres, there.kafka, there.temporal)]
    try:
        await asyncio.gather(*(keeper.start() for keeper in keepers))
        yield Servers(folder, keys, there, proxy, keepers)
    finally:
        forget_templates()
        for keeper in keepers:
            await keeper.stop()


@asynccontextmanager
async def town(there: Servers, seed: int) -> AsyncIterator[Town]:
    """A fresh database, topics and namespace, and our processes behind their proxies."""
    name, password = f"chaos_{seed}", secrets.token_hex(8)
    url = await _database(there, name, password)
    await _topics(there)
    await _namespace(there, name)
    addresses = {"postgres": there.there.postgres.port, "temporal": there.there.temporal.ports[0]}
    proxies = {"kafka": there.kafka_proxy}
    for process in PROCESSES:
        for server, port in addresses.items():
            proxies[f"{server} of {process}"] = FaultProxy(("127.0.0.1", port))
    await asyncio.gather(*(proxy.mend() for proxy in proxies.values()))
    folder = there.folder / name
    folder.mkdir()
    (folder / "master.key").write_bytes(secrets.token_bytes(32))
    ours = {each: _process(there, proxies, folder, (each, name, password)) for each in PROCESSES}
    found = Town(there, connect(url, pool=2), password, proxies, ours)
    for each in ours.values():
        each.keeping = asyncio.create_task(each.keep())
    try:
        yield found
    finally:
        await asyncio.gather(*(each.end() for each in ours.values()))
        await found.engine.dispose()
        for lane, proxy in proxies.items():
            if lane != "kafka":
                proxy.close()
        await there.kafka_proxy.mend()


def _process(there: Servers, proxies: dict[str, FaultProxy], folder: Path, who: tuple[str, str, str]) -> Ours:
    process, name, password = who
    own = {key: value for key, value in os.environ.items() if not key.startswith("HANDOFF_")}
    postgres, temporal = proxies[f"postgres of {process}"].port, proxies[f"temporal of {process}"].port
    told = {
        "DATA": str(folder),
        "PROFILE": "gwangmyeong",
        "POSTGRES_URL": f"postgresql://{ROLE}:{password}@127.0.0.1:{postgres}/{name}",
        "KAFKA_BOOTSTRAP": f"127.0.0.1:{there.kafka_proxy.port}",
        "KAFKA_PASSWORD": there.keys.engine_password,
        "TEMPORAL_ADDRESS": f"127.0.0.1:{temporal}",
        "TEMPORAL_NAMESPACE": name.replace("_", "-"),
        "MASTER_KEY_FILE": str(folder / "master.key"),
    }
    env = {**own, **{f"HANDOFF_{key}": value for key, value in told.items()}}
    return Ours(process, env, folder / f"{process}.log")


async def _database(there: Servers, name: str, password: str) -> str:
    """A database whose role may only work in it, so that its password can be another for a while."""
    home = there.there.endpoints.postgres_url
    url = await create(home, name, like=await migrated(home))
    engine = connect(url, pool=1)
    async with engine.begin() as conn:
        there_already = await conn.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": ROLE})
        await conn.execute(text(f"{'ALTER' if there_already else 'CREATE'} ROLE {ROLE} LOGIN PASSWORD '{password}'"))
        for right in _GRANTS:
            await conn.execute(text(f"GRANT {right} TO {ROLE}"))
    await engine.dispose()
    return make_url(url).render_as_string(hide_password=False)


async def _topics(there: Servers) -> None:
    """Topics with nothing on them."""
    admin = there.admin
    names = [name for code in HOSPITALS for name in (topic_from(code), topic_to(code))]
    old = [name for name in names if name in admin.list_topics(timeout=10).topics]
    deleted = admin.delete_topics(old) if old else {}
    await asyncio.gather(*(asyncio.to_thread(each.result) for each in deleted.values()))
    login = Login("engine", there.keys.engine_password)
    wanted = WantedTopics(HOSPITALS, {code: there.keys.institution_password(code) for code in HOSPITALS})

    async def made() -> bool:
        await provision(there.there.kafka.bootstrap, login, wanted)
        return set(names) <= set(admin.list_topics(timeout=10).topics)

    await until(made, 0.2, on_error=lambda _: None)  # the broker still deletes them


async def _namespace(there: Servers, name: str) -> None:
    client = await Client.connect(there.there.endpoints.temporal_address, namespace=name.replace("_", "-"))
    await namespace.make(client, 30)

    async def known() -> bool:
        await namespace.add_attributes(client, list(namespace.ATTRIBUTES))
        return not await namespace.missing_attributes(client)

    await until(known, 0.2, on_error=lambda _: None)  # a new namespace is not known everywhere at once
