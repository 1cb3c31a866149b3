"""The worker's own process: ready once Temporal sees it ask for work, and gone in order when it is told to."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handoff.repeat import until
from handoff.store import tables
from handoff.store.engine import connect
from handoff.store.vault import Vault
from tests.conftest import SessionStack
from tests.events.desk import Desk
from tests.patience import PATIENCE
from tests.store.databases import create, migrated
from tests.workers.test_processes import Running, free_port
from tests.workflows.lost import begun_cases
from workers.worker import Polls

CASES = 200  # open when Temporal's database is lost


async def record(stack: SessionStack, name: str = "worker") -> str:
    return await create(stack.endpoints.postgres_url, name, like=await migrated(stack.endpoints.postgres_url))


async def worker(folder: Path, stack: SessionStack, temporal: str, url: str = "") -> Running:
    url = url or await record(stack)
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


async def test_a_worker_whose_temporal_has_none_of_the_cases_names_them_all_and_leaves_in_order(
    tmp_path: Path, stack: SessionStack, postgres_url: str, temporal_address: str
) -> None:
    del postgres_url
    url = await record(stack, "worker_without_cases")
    desk = Desk(connect(url), url, Vault(stack.keys.master_key))
    await begun_cases(desk, CASES)
    started = await worker(tmp_path, stack, temporal_address, url)

    async def all_named() -> bool:
        assert started.process.returncode is None, started.log.read_text()
        return {row.lost for row in await desk.rows(tables.cases)} == {"no-workflow"}

    async with asyncio.timeout(PATIENCE):
        await until(all_named, 0.1)
    assert await started.end(signal.SIGTERM) == 0
    assert len(await desk.rows(tables.tasks)) == CASES
    await desk.engine.dispose()
