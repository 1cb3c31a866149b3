import pytest

from handoff.profile.load import load
from handoff.profile.model import Profile


@pytest.fixture(scope="session")
def demo() -> Profile:
    return load("demo")
