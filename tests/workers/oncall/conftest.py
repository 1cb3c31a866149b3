"""A deployment of somebody's own, on call: every test leaves it as it found it."""

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest

from handoff.store.migrations import migrate
from tests.conftest import SessionStack
from tests.store.databases import create
from tests.workers.oncall.ward import PROCESSES, Ward

DATABASE = "on_call"


@pytest.fixture(scope="module")
async def ward(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ward]:
    """A ward with its three processes, on servers of its own."""
    stack = SessionStack(tmp_path_factory.mktemp("servers"))  # of its own: other tests' topics would be complained of
    ward = await Ward.of(tmp_path_factory.mktemp("ward"), stack, DATABASE)
    await migrate(await create(stack.endpoints.postgres_url, DATABASE))
    ran = await ward.runs("provision")
    assert ran.code == 0, ran.error
    await asyncio.gather(*(ward.start(name) for name in PROCESSES))
    await asyncio.gather(*(running.ready() for running in ward.running.values()))
    yield ward
    for running in ward.running.values():
        if running.process.returncode is None:
            await running.end(signal.SIGKILL)
    await stack.stop()
