import pytest

from tests.console.office import Office
from tests.workflows.conftest import env, profiles, town, town_desk, worker
from tests.workflows.town import Town

__all__ = ["env", "profiles", "town", "town_desk", "worker"]


@pytest.fixture
def office(town: Town) -> Office:
    return Office(town)
