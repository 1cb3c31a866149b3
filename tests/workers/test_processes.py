import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from sqlalchemy import make_url, text

from handoff.store.engine import connect
from tests.conftest import Broker
from tests.events.desk import notice, person
from tests.patience import PATIENCE
from tests.store.databases import create, migrated, url_of
from workers import process


def free_port() -> int:
    with contextlib.closing(__import__("socket").socket()) as socket:
        socket.bind(("127.0.0.1", 0))
        return int(socket.getsockname()[1])


@dataclass
class Running:
    """A process of ours, started as an operator would."""

    process: asyncio.subprocess.Process
    port: int
    log: Path

    async def answers(self, path: str) -> int:
        """The HTTP status of its health port; 0 while nobody listens."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return 0
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        status = (await reader.read()).split(b" ")[1]
        writer.close()
        return int(status)

    async def ready(self) -> None:
        while await self.answers("/ready") != 200:
            assert self.process.returncode is None, self.log.read_text()
            await asyncio.sleep(0.05)

    async def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return await self.process.wait()


@dataclass
class Settings:
    """What all processes of one stack are told, and the institutions' way to it."""

    env: dict[str, str]
    kafka: Broker
    folder: Path

    async def start(self, name: str) -> Running:
        port, log = free_port(), self.folder / f"{name}-{secrets.token_hex(3)}.log"
        with log.open("w") as file:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", f"workers.{name}", stderr=file, env={**self.env, "HANDOFF_HEALTH_PORT": str(port)}
            )
        return Running(process, port, log)

    async def say(self, *messages: str, sender: str = "gm-hospital") -> None:
        login = self.kafka.engine.aiokafka(self.kafka.bootstrap)
        producer = AIOKafkaProducer(**login, acks="all")
        await producer.start()
        for number, message in enumerate(messages):
            who = person(name="카나리아", registration_number=None, phone=f"0107777{secrets.randbelow(9999):04}")
            told = notice(sender, id=message, who=who, discharge={"reference": f"canary-visit-{number}"})
            await producer.send_and_wait(f"handoff.from.{sender}", told.value, headers=list(told.headers))
        await producer.stop()

    async def heard(self, *messages: str, receiver: str = "gm-hospital") -> dict[str, list[tuple[str, bytes]]]:
        """Event ids and bytes of what answers these messages, once there is something for each."""
        login = self.kafka.engine.aiokafka(self.kafka.bootstrap)
        consumer = AIOKafkaConsumer(f"handoff.to.{receiver}", auto_offset_reset="earliest", **login)
        await consumer.start()
        found: dict[str, list[tuple[str, bytes]]] = {message: [] for message in messages}
        while not all(found.values()):
            record = await consumer.getone()
            message = json.loads(record.value).get("message_id")
            if message in found:
                found[message].append((dict(record.headers)["ce_id"].decode(), record.value))
        await consumer.stop()
        return found


@pytest.fixture
async def settings(postgres_url: str, kafka: Broker, tmp_path: Path) -> Settings:
    await kafka.provision("gm-hospital")
    key = tmp_path / "master.key"
    key.write_bytes(secrets.token_bytes(32))
    url = await create(postgres_url, "processes", like=await migrated(postgres_url))
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HANDOFF_")},
        "HANDOFF_DATA": str(tmp_path),
        "HANDOFF_POSTGRES_URL": url,
        "HANDOFF_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "HANDOFF_KAFKA_USERNAME": kafka.engine.user,
        "HANDOFF_KAFKA_PASSWORD": kafka.engine.password,
        "HANDOFF_TEMPORAL_ADDRESS": "127.0.0.1:1",  # nobody is there: intake goes on without
        "HANDOFF_PROFILE": "gwangmyeong",
        "HANDOFF_MASTER_KEY_FILE": str(key),
    }
    return Settings(env, kafka, tmp_path)


async def test_notices_are_acknowledged_without_temporal_and_a_drain_ends_well(settings: Settings) -> None:
    intake, relay = await asyncio.gather(settings.start("intake"), settings.start("relay"))
    await asyncio.gather(intake.ready(), relay.ready())
    assert await intake.answers("/live") == 200
    names = [f"process-{secrets.token_hex(4)}-{number}" for number in range(5)]
    await settings.say(*names)
    heard = await settings.heard(*names)
    assert all(len(letters) == 1 for letters in heard.values())
    codes = await asyncio.gather(intake.end(signal.SIGTERM), relay.end(signal.SIGTERM))
    assert codes == [0, 0], intake.log.read_text() + relay.log.read_text()
    for running in (intake, relay):
        lines = [json.loads(line) for line in running.log.read_text().splitlines()]
        assert lines[-1]["event"] == "stopped"
        assert "카나리아" not in running.log.read_text()
        assert "canary-visit" not in running.log.read_text()


async def test_killed_processes_go_on_where_they_were(settings: Settings) -> None:
    names = [f"killed-{secrets.token_hex(4)}-{number}" for number in range(10)]
    intake = await settings.start("intake")
    await intake.ready()
    await settings.say(*names[:5])
    await intake.end(signal.SIGKILL)
    await settings.say(*names[5:])
    relay = await settings.start("relay")
    intake = await settings.start("intake")
    heard = await settings.heard(*names)
    await relay.end(signal.SIGKILL)
    assert all(len(set(letters)) == 1 for letters in heard.values())  # a repeat would have the same id and bytes
    assert await intake.end(signal.SIGTERM) == 0


async def test_processes_outlive_sessions_that_postgresql_ends_at_any_moment(settings: Settings) -> None:
    intake, relay = await asyncio.gather(settings.start("intake"), settings.start("relay"))
    await asyncio.gather(intake.ready(), relay.ready())
    url = settings.env["HANDOFF_POSTGRES_URL"]
    name, admin = str(make_url(url).database), connect(url_of(url, "postgres"), pool=1)
    ours = f"datname = '{name}' AND backend_type = 'client backend'"  # autovacuum is nobody's to end but a superuser's
    ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}"  # noqa: S608
    short = [f"ALTER DATABASE {name} SET {limit} = '1ms'" for limit in ("transaction_timeout", "statement_timeout")]
    for statement in (*short, *[ended] * 40, f"ALTER DATABASE {name} RESET ALL", ended):
        async with admin.begin() as conn:
            await conn.execute(text(statement))
        await asyncio.sleep(0.2)
    await admin.dispose()
    names = [f"ended-{secrets.token_hex(4)}-{number}" for number in range(5)]
    await settings.say(*names)
    assert all(await asyncio.wait_for(settings.heard(*names), PATIENCE))
    await asyncio.gather(intake.ready(), relay.ready())
    for running in (intake, relay):
        said = [json.loads(line) for line in running.log.read_text().splitlines()]
        away = Counter(each["error"] for each in said if each["event"] == "store_away")
        assert set(away.values()) <= {1, 2}, away  # one line a minute
        assert await running.end(signal.SIGTERM) == 0, running.log.read_text()


def test_temporals_own_line_about_a_failed_activity_loses_the_errors_text() -> None:
    error = ValueError("Failing row contains (김복순)")
    failed = logging.LogRecord(
        "temporalio.activity", logging.WARNING, "", 0, "Completing as failed", (), (ValueError, error, None)
    )
    assert process.without_words(failed)
    assert logging.Formatter().format(failed) == "Completing as failed: ValueError"
