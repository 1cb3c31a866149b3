"""What a connection is given with on its way: limits after which nobody waits for the other end any more."""

import pytest
from sqlalchemy.exc import DBAPIError

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


async def test_migrations_may_take_as_long_as_they_take(postgres_url: str) -> None:
    engine = connect(postgres_url, pool=1, session=SessionSettings(answers_within=None))
    async with engine.connect() as conn:
        shown = await conn.exec_driver_sql("SHOW idle_in_transaction_session_timeout")
        assert shown.scalar_one() == "0"
    await engine.dispose()
