import asyncio

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from handoff.store.bulk import write
from handoff.store.engine import connect
from handoff.store.record.referrals import Booked, Capacities
from tests.store.databases import create, migrated


async def empty(postgres_url: str, name: str) -> AsyncEngine:
    return connect(await create(postgres_url, name, like=await migrated(postgres_url)))


async def book(engine: AsyncEngine, load: int) -> bool:
    """One booking in a transaction of its own, at a provider with room for three."""
    async with engine.begin() as conn:
        capacities = Capacities(conn)
        [north] = await capacities.booked({"north": 3})
        reserved = capacities.reserve(north, load)
        await write(conn, [capacities.part()])
    return reserved


async def test_a_provider_is_known_by_its_profile_until_it_is_booked(postgres_url: str) -> None:
    engine = await empty(postgres_url, "capacity_known")
    async with engine.connect() as conn:
        assert await Capacities(conn).booked({"north": 9}) == [Booked("north", 9, 0)]
    assert await book(engine, 2)
    assert not await book(engine, 2)
    async with engine.connect() as conn:
        assert await Capacities(conn).booked({"north": 9}) == [Booked("north", 3, 2)]
    await engine.dispose()


async def test_what_is_given_back_can_be_booked_again(postgres_url: str) -> None:
    engine = await empty(postgres_url, "capacity_free")
    assert await book(engine, 3)
    async with engine.begin() as conn:
        capacities = Capacities(conn)
        await capacities.free("north", 2)
        [north] = await capacities.booked({"north": 3})
        assert capacities.reserve(north, 1)
        await write(conn, [capacities.part()])
    assert await book(engine, 1)
    assert not await book(engine, 1)
    await engine.dispose()


async def test_bookings_at_once_never_take_more_than_there_is(postgres_url: str) -> None:
    engine = await empty(postgres_url, "capacity_rush")
    assert sum(await asyncio.gather(*(book(engine, 1) for _ in range(20)))) == 3
    await engine.dispose()


async def test_what_was_not_reserved_cannot_be_given_back(postgres_url: str) -> None:
    engine = await empty(postgres_url, "capacity_back")
    await book(engine, 1)
    async with engine.connect() as conn:
        capacities = Capacities(conn)
        await capacities.free("north", 2)
        with pytest.raises(IntegrityError):
            await write(conn, [capacities.part()])
    await engine.dispose()
