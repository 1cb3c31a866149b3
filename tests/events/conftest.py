import itertools
from collections.abc import AsyncIterator

import pytest

from handoff.store.engine import connect
from tests.events.desk import Desk
from tests.store.databases import create, migrated

_NUMBERS = itertools.count()


@pytest.fixture
async def desk(postgres_url: str) -> AsyncIterator[Desk]:
    """Intake on an empty database of its own."""
    url = await create(postgres_url, f"desk_{next(_NUMBERS)}", like=await migrated(postgres_url))
    engine = connect(url)
    yield Desk(engine, url)
    await engine.dispose()
