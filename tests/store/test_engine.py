"""What a connection is given with on its way: limits after which nobody waits for the other end any more."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from handoff.repeat import until
from handoff.store import engine as stores
from handoff.store.engine import SessionSettings, connect
from tests.store.databases import create


@pytest.fixture
async def url(postgres_url: str) -> str:
    """A database with nothing in it."""
    return await create(postgres_url, "engine")


async def test_postgresql_ends_a_transaction_whose_owner_says_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "_SAYS_WITHIN", 0.1)
    engine = connect(url, pool=1, session=SessionSettings(lock_within=5))
    async with engine.begin() as conn:
        await conn.exec_driver_sql("CREATE TABLE locked ()")
    async with engine.connect() as conn:
        await conn.exec_driver_sql("LOCK TABLE locked")
        async with engine.begin() as other:  # waits until the lock is let go
            await other.exec_driver_sql("LOCK TABLE locked")
        with pytest.raises(DBAPIError):
            await conn.exec_driver_sql("SELECT 1")
    await engine.dispose()


# An extended query without its Sync, as a network leaves it that fails in the middle of one.
CUT_OFF = b"P\0\0\0\x10\0SELECT 1\0\0\0" + b"B\0\0\0\x0c\0\0\0\0\0\0\0\0" + b"E\0\0\0\x09\0\0\0\0\0"
RUNNING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cut off' AND state = 'active'"


async def test_postgresql_ends_a_transaction_whose_statement_was_cut_off_on_its_way(url: str) -> None:
    """It counts as running for ever, so that the limit of silence does not end it."""
    engine = connect(url, pool=1, name="cut off", session=SessionSettings(transaction_within=3))
    others = connect(url, pool=1)
    async with others.begin() as other:
        await other.exec_driver_sql("CREATE TABLE also_locked ()")
    async with engine.connect() as conn:
        await conn.exec_driver_sql("LOCK TABLE also_locked")
        raw: Any = (await conn.get_raw_connection()).driver_connection
        raw._transport.write(CUT_OFF)  # noqa: SLF001 - there is no public way to cut a statement off
        async with others.connect() as other:
            await until(lambda: other.scalar(text(RUNNING)), 0.05)
        async with others.begin() as other:  # waits until the lock is free
            await other.exec_driver_sql("LOCK TABLE also_locked")
        await conn.invalidate()
    await engine.dispose()
    await others.dispose()


async def test_migrations_may_take_as_long_as_they_take(postgres_url: str) -> None:
    engine = connect(postgres_url, pool=1, session=SessionSettings(answers_within=None))
    async with engine.connect() as conn:
        shown = await conn.exec_driver_sql("SHOW idle_in_transaction_session_timeout")
        assert shown.scalar_one() == "0"
    await engine.dispose()
