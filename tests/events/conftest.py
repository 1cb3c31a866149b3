import itertools
import re
from collections.abc import AsyncIterator
from zlib import crc32

import pytest

from handoff.store.engine import connect
from tests.conftest import Broker
from tests.events.desk import Desk
from tests.events.hospitals import Town
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
