import itertools
import re
from collections.abc import AsyncIterator
from zlib import crc32

import pytest

from events.relay import Relay
from handoff.store.engine import OUTBOX, connect, listening
from tests.conftest import Broker
from tests.events.desk import PROFILE, Desk
from tests.events.hospitals import Town
from tests.events.letters import Line
from tests.store.databases import create, migrated

_NUMBERS = itertools.count()


@pytest.fixture
async def desk(postgres_url: str) -> AsyncIterator[Desk]:
    """Intake on an empty database of its own."""
    url = await create(postgres_url, f"desk_{next(_NUMBERS)}", like=await migrated(postgres_url))
    engine = connect(url)
    yield Desk(engine, url)
    await engine.dispose()


@pytest.fixture
async def town(kafka: Broker, desk: Desk, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    slug = re.sub("[^a-z0-9]+", "-", request.node.name.lower())[5:35].strip("-")
    found = Town(kafka, desk, f"{slug}-{crc32(request.node.nodeid.encode()):08x}")
    await kafka.provision(*found.hospitals)
    await found.producer.start()
    yield found
    await found.producer.stop()


@pytest.fixture
async def line(kafka: Broker, request: pytest.FixtureRequest) -> Line:
    name = request.node.name.replace("_", "-")[5:35]
    await kafka.provision(f"{name}-a", f"{name}-b")
    return Line(kafka, {"a": f"{name}-a", "b": f"{name}-b"})


@pytest.fixture
async def relay(desk: Desk, line: Line) -> AsyncIterator[Relay]:
    async with listening(desk.url, OUTBOX) as bell:
        relay = Relay(desk.engine, desk.vault, PROFILE, line.producer, bell)
        yield relay
        await relay.close()
