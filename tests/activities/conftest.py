import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handoff.profile import load, model
from handoff.store.engine import connect
from tests.activities.chart import Chart, Ward
from tests.store.databases import create, migrated

_NUMBERS = itertools.count()

# Gwangmyeong, with one provider of three visits a week, and one that only a telephone reaches.
SMALL = """
extends = "gwangmyeong"
code = "small"

[visits]
first_visit = "engine"

[[providers]]
code = "gm-meals-01"
capacity = 3
channel = "topic"

[[providers]]
code = "gm-meals-02"
capacity = 50
channel = "phone"
"""


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> model.Profile:
    path = Path(tmp_path_factory.mktemp("profiles")) / "small.toml"
    path.write_text(SMALL)
    return load.load(path)


@pytest.fixture
async def ward(postgres_url: str, small: model.Profile) -> AsyncIterator[Ward]:
    """An empty record of its own."""
    url = await create(postgres_url, f"ward_{next(_NUMBERS)}", like=await migrated(postgres_url))
    engine = connect(url)
    yield Ward(engine, small)
    await engine.dispose()


@pytest.fixture
async def chart(ward: Ward) -> Chart:
    """A case that a hospital has just told of: the person is at home, has consented, and nothing else has happened."""
    return await ward.admitted()
