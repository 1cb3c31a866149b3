"""kill -9: of each server, of the supervisor, of everything; every record is there afterwards."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from temporalio.client import Client, WorkflowExecutionStatus

from events.kafka.login import Login, topic_from
from tests.patience import PATIENCE
from workers.data_folder.endpoints import Endpoints
from workers.data_folder.keys import Keys
from workers.embedded.managed_process import launched
from workers.embedded.ports import Ports
from workers.embedded.postgres import Postgres
from workers.embedded.processes import Identity, end
from workers.embedded.status import PartStatus, status
from workers.embedded.supervisor import Supervisor

_SERVERS = ["postgres", "kafka", "temporal"]


class Up:
    """A supervisor in a process of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.said: list[str] = []
        self._process: Process | None = None

    async def start(self) -> None:
        script = Path(__file__).with_name("up.py")
        self._process = await asyncio.create_subprocess_exec(sys.executable, str(script), str(self.data), stdout=PIPE)
        await self.says("everything is ready")

    async def says(self, text: str) -> None:
        """Wait for a line."""
        assert self._process
        assert self._process.stdout
        async with asyncio.timeout(PATIENCE):
            while line := (await self._process.stdout.readline()).decode().strip():
                self.said.append(line)
                if text in line:
                    return
        raise AssertionError(f"never said {text!r}: {self.said}")

    async def ended(self, signal_: signal.Signals) -> int:
        """Signal it, and its exit code."""
        assert self._process
        if self._process.returncode is None:
            self._process.send_signal(signal_)
        await asyncio.wait_for(self._process.communicate(), PATIENCE)
        assert self._process.returncode is not None
        return self._process.returncode

    def part(self, name: str) -> PartStatus:
        return next(part for part in status(self.data) if part.name == name)

    def processes(self) -> dict[str, Identity]:
        found = {part.name: Identity.of(part.pid) for part in status(self.data) if part.pid}
        return {name: identity for name, identity in found.items() if identity}


@pytest.fixture(scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Up]:
    running = Up(tmp_path_factory.mktemp("up") / "돌봄 자료")  # people name folders so
    await running.start()
    await _write(running.data)
    yield running
    assert await running.ended(signal.SIGTERM) == 0
    assert running.processes() == {}


async def _write(data: Path) -> None:
    where = Endpoints.read(data)
    connection = await asyncpg.connect(where.postgres_url.replace("+asyncpg", ""))
    await connection.execute("CREATE TABLE word (word text); INSERT INTO word VALUES ('kept')")
    await connection.close()
    client = await Client.connect(where.temporal_address)
    await client.start_workflow("Nothing", id="kept", task_queue="nobody")
    login = Login("north", Keys.read(data).institution_password("north"))
    producer = AIOKafkaProducer(**login.aiokafka(where.kafka_bootstrap), enable_idempotence=True)
    await producer.start()
    await producer.send_and_wait(topic_from("north"), b"kept")
    await producer.stop()


async def _assert_kept(data: Path) -> None:
    where = Endpoints.read(data)
    connection = await asyncpg.connect(where.postgres_url.replace("+asyncpg", ""))
    assert await connection.fetchval("SELECT word FROM word") == "kept"
    await connection.close()
    client = await Client.connect(where.temporal_address)
    assert (await client.get_workflow_handle("kept").describe()).status == WorkflowExecutionStatus.RUNNING
    assert await _first_record(where, Login("engine", Keys.read(data).engine_password)) == b"kept"


async def _first_record(where: Endpoints, engine: Login) -> bytes:
    consumer = AIOKafkaConsumer(**engine.aiokafka(where.kafka_bootstrap))
    try:
        await consumer.start()
        partition = TopicPartition(topic_from("north"), 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        return bytes((await consumer.getone()).value)
    finally:
        await consumer.stop()


@pytest.mark.parametrize("name", [*_SERVERS, "echo"])
async def test_a_killed_part_comes_back_with_everything_on_the_same_port(up: Up, name: str) -> None:
    before = up.part(name)
    assert before.pid
    os.kill(before.pid, signal.SIGKILL)
    await up.says(f"{name} died (SIGKILL)")
    assert before.log in up.said[-1]
    await up.says(f"{name} is ready")
    after = up.part(name)
    assert after == replace(before, pid=after.pid, restarts=before.restarts + 1)
    assert after.pid != before.pid
    await _assert_kept(up.data)


async def test_whoever_comes_second_is_told_who_is_there(up: Up) -> None:
    second = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("up.py")), str(up.data), stdout=PIPE
    )
    said = (await second.communicate())[0].decode()
    assert second.returncode == 1
    assert "in use by" in said
    assert "up.py" in said
    assert set(up.processes()) == {*_SERVERS, "echo"}


async def test_a_killed_supervisor_leaves_nothing_in_the_way_of_the_next(up: Up) -> None:
    before = up.processes()
    await up.ended(signal.SIGKILL)
    await up.start()
    assert not any(identity.is_alive() for identity in before.values())
    await _assert_kept(up.data)


async def test_everything_killed_at_once_goes_on_with_every_record(up: Up) -> None:
    before = up.processes()
    await asyncio.gather(_kill(before), up.ended(signal.SIGKILL))
    assert {part.ready for part in status(up.data)} == {False}
    await up.start()
    await _assert_kept(up.data)


async def _kill(processes: dict[str, Identity]) -> None:
    """Kill all of them; returns when they are gone, which takes a Java machine a while."""
    await asyncio.gather(*(end(identity, signal.SIGKILL, 15) for identity in processes.values()))


async def test_postgresql_starts_although_its_old_number_is_somebody_elses(tmp_path: Path) -> None:
    server = Postgres(tmp_path / "postgres", Ports(tmp_path / "ports.json").of("postgres"), "secret", tmp_path / "log")
    keeper = Supervisor(server.part(), lambda _: None)
    await keeper.start()
    await keeper.stop()
    somebody = await asyncio.create_subprocess_exec(*launched(["/bin/sleep", "60"], as_nobody=True))
    (tmp_path / "postgres" / "postmaster.pid").write_text(f"{somebody.pid}\n{tmp_path / 'postgres'}\n1\n1\n\n\n1 1\n")
    await keeper.start()
    await keeper.stop()
    somebody.kill()
    await somebody.wait()
    assert keeper.restarts == 0
