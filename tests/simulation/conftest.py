import pytest

from handoff.profile import Profile, load


@pytest.fixture(scope="session")
def demo() -> Profile:
    return load("demo")
