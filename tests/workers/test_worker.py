"""The worker's own process: ready once Temporal sees it ask for work, and gone in order when it is told to."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import SessionStack
from tests.store.databases import create, migrated
from tests.workers.test_processes import Running, free_port
from workers.worker import Polls


async def worker(folder: Path, stack: SessionStack, temporal: str) -> Running:
    url = await create(stack.endpoints.postgres_url, "worker", like=await migrated(stack.endpoints.postgres_url))
    port, log = free_port(), folder / "worker.log"
    told = {
        "HANDOFF_DATA": str(stack.data),
        "HANDOFF_POSTGRES_URL": url,
        "HANDOFF_TEMPORAL_ADDRESS": temporal,
        "HANDOFF_HEALTH_PORT": str(port),
    }
    with log.open("w") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "workers.worker", stderr=file, env={**os.environ, **told}
        )
    return Running(process, port, log)


@pytest.fixture
async def running(
    tmp_path: Path, stack: SessionStack, postgres_url: str, temporal_address: str
) -> AsyncIterator[Running]:
    del postgres_url
    started = await worker(tmp_path, stack, temporal_address)
    yield started
    if started.process.returncode is None:
        await started.end(signal.SIGKILL)


async def test_a_worker_is_ready_once_temporal_sees_it_and_leaves_in_order(running: Running) -> None:
    await running.ready()
    assert await running.answers("/live") == 200
    assert await running.end(signal.SIGTERM) == 0
    assert '"event": "stopped"' in running.log.read_text()


async def test_a_worker_without_temporal_lives_waits_and_is_not_ready(
    tmp_path: Path, stack: SessionStack, postgres_url: str
) -> None:
    del postgres_url
    alone = await worker(tmp_path, stack, "127.0.0.1:1")
    while await alone.answers("/live") != 200:
        assert alone.process.returncode is None, alone.log.read_text()
        await asyncio.sleep(0.05)
    assert await alone.answers("/ready") == 503
    await alone.end(signal.SIGTERM)


def test_a_worker_that_temporal_has_not_seen_is_not_ready() -> None:
    assert not Polls(clock=lambda: 0.0).ready()
