"""The most memory that each process ever takes, while hospitals send what unpacks to much more than it was."""

import asyncio
import zlib
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import product
from pathlib import Path

from confluent_kafka import Producer
from sqlalchemy import text
from temporalio.client import Client

from events.kafka.login import Login, topic_from
from events.kafka.topics import WantedTopics, provision
from handoff.store.engine import connect
from handoff.store.migrations import migrate
from tests.benchmarks.ground import Ground
from tests.benchmarks.intake import SENDER, notices
from tests.benchmarks.meter import Rounds
from tests.chaos.town import HOSPITALS
from workflows import namespace
from workflows.payloads import PAYLOADS

PROCESSES = ("intake", "relay", "worker")
MEBIBYTE = 1024 * 1024
CODECS, BOMBS = ("gzip", "snappy", "lz4", "zstd"), ("gzip", "zstd")
LARGE = 70  # records of a mebibyte each, by hospital and codec
WITHIN = timedelta(minutes=5)


async def highest(ground: Ground, count: int) -> dict[str, Rounds]:
    """Megabytes of each process (VmHWM) after a flood of notices and of batches that unpack to almost a gibibyte."""
    endpoints = ground.servers.endpoints
    await migrate(endpoints.postgres_url)
    client = await Client.connect(endpoints.temporal_address, data_converter=PAYLOADS)
    await namespace.add_attributes(client, list(namespace.ATTRIBUTES))
    login = Login("engine", ground.keys.engine_password)
    wanted = WantedTopics(HOSPITALS, {code: ground.keys.institution_password(code) for code in HOSPITALS})
    await provision(endpoints.kafka_bootstrap, login, wanted)
    async with AsyncExitStack() as running:
        pids = {
            name: await running.enter_async_context(ground.process(f"workers.{name}", profile="gwangmyeong"))
            for name in PROCESSES
        }
        await asyncio.to_thread(_flood, login.librdkafka(endpoints.kafka_bootstrap), count)
        await _all_taken(endpoints.postgres_url, count)
        return {f"{name}, MB at most": Rounds([_high_water(pid)]) for name, pid in pids.items()}


def _flood(settings: dict[str, str], count: int) -> None:
    """Of each hospital batches of almost a gibibyte, many records of a mebibyte, and notices before and behind them."""
    told = notices(count)
    much = {"message.max.bytes": 1_000_000_000, "batch.size": 1_000_000_000, "linger.ms": 100}
    _send(settings, SENDER, told[: count // 2])
    large = [(zlib.compress(b"", 0) + b"\0" * MEBIBYTE, [])] * LARGE
    for hospital, codec in product(HOSPITALS, CODECS):
        if codec in BOMBS:
            _send({**settings, **much, "compression.type": codec}, hospital, [(b"\0" * (950 * MEBIBYTE), [])])
        _send({**settings, "compression.type": codec, "message.max.bytes": 2 * MEBIBYTE}, hospital, large)
    _send(settings, SENDER, told[count // 2 :])


def _send(settings: dict[str, str], hospital: str, records: list[tuple[bytes, list[tuple[str, bytes]]]]) -> None:
    producer = Producer({**settings, "queue.buffering.max.kbytes": 2_000_000})
    for value, headers in records:
        producer.produce(topic_from(hospital), value=value, headers=headers)
        producer.poll(0)
    assert producer.flush(120) == 0


async def _all_taken(url: str, count: int) -> None:
    engine = connect(url, pool=1)
    async with asyncio.timeout(WITHIN.total_seconds()):
        while True:
            async with engine.connect() as conn:
                facts = await conn.scalar(text("SELECT count(*) FROM facts WHERE told_at IS NOT NULL"))
                parked = await conn.scalar(text("SELECT count(*) FROM parked"))
            if facts == count and parked == len(HOSPITALS) * (len(CODECS) * LARGE + len(BOMBS)):
                break
            await asyncio.sleep(0.5)
    await engine.dispose()


def _high_water(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024
