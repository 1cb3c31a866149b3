"""The bell rings again, whatever happened to its connection."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from handoff.store.engine import FACTS, Bell, connect, listening, notify
from tests.store.databases import create, url_of

NAME = "bell"
_ENDED = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = :name AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


@pytest.fixture
async def url(postgres_url: str) -> str:
    return await create(postgres_url, NAME)


@pytest.fixture
async def admin(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    """Connected to another database than the bell: it may end all sessions of this one."""
    engine = connect(url_of(postgres_url, "postgres"), pool=1)
    yield engine
    await engine.dispose()


async def run(engine: AsyncEngine, statement: str, **values: Any) -> None:
    async with engine.begin() as conn:
        await conn.execute(text(statement), values)


async def rings(bell: Bell, url: str) -> None:
    """Ring until it is heard; the test's own time limit ends a wait in vain."""
    engine, rung = connect(url, pool=1), False
    while not rung:
        async with engine.begin() as conn:
            await notify(conn, FACTS)
        rung = await bell.wait(0.1)
    await engine.dispose()


async def test_the_bell_rings_again_after_its_sessions_ended(url: str, admin: AsyncEngine) -> None:
    async with listening(url, FACTS) as bell:
        for _ in range(5):
            await bell.wait(0.01)
            await run(admin, _ENDED, name=NAME)
        await rings(bell, url)


async def test_the_bell_rings_again_after_sessions_that_may_not_even_listen(url: str, admin: AsyncEngine) -> None:
    async with listening(url, FACTS) as bell:
        await bell.wait(0.01)
        await run(admin, f"ALTER DATABASE {NAME} SET statement_timeout = '1ms'")
        await run(admin, f"ALTER DATABASE {NAME} SET transaction_timeout = '1ms'")
        waiting = asyncio.create_task(_wait_often(bell, 150))
        while not waiting.done():
            await run(admin, _ENDED, name=NAME)
        await waiting
        await run(admin, f"ALTER DATABASE {NAME} RESET ALL")
        await run(admin, _ENDED, name=NAME)
        await rings(bell, url)


async def _wait_often(bell: Bell, times: int) -> None:
    for _ in range(times):
        await bell.wait(0.001)


@pytest.mark.parametrize("trouble", [asyncpg.exceptions.InternalClientError("got no result"), LookupError("?")])
async def test_a_bell_that_cannot_listen_makes_another_connection(
    url: str, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    listen, failing, stumbled = asyncpg.Connection.add_listener, [trouble], []

    async def stumbling(conn: asyncpg.Connection, channel: str, callback: Any) -> None:
        if failing:
            stumbled.append(conn)
            raise failing.pop()
        await listen(conn, channel, callback)

    monkeypatch.setattr(asyncpg.Connection, "add_listener", stumbling)
    async with listening(url, FACTS) as bell:
        assert not await bell.wait(0.01)
        assert stumbled[0].is_closed()
        await bell.wait(0.01)
        await rings(bell, url)
