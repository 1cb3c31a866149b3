"""Only the jars that the lock names ever run."""

import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from workers.embedded import kafka_jars
from workers.embedded.kafka_jars import Jar, JarsError

_GENUINE = b"the jar that was locked"
_JAR = Jar("org.example", "example", "1.0", hashlib.sha256(_GENUINE).hexdigest())


class _Mirror:
    """A Maven repository that serves these bytes, in jgo's shape."""

    def __init__(self, served: bytes, repository: Path) -> None:
        self._served, self._path = served, _JAR.path(repository)

    def __call__(self, **_: object) -> "_Mirror":
        return self

    def project(self, *_: str) -> SimpleNamespace:
        return SimpleNamespace(at_version=lambda _: SimpleNamespace(artifact=lambda: self))

    def resolve(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(self._served)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(kafka_jars, "locked", lambda: [_JAR])
    return kafka_jars.cache()


async def test_a_jar_that_is_not_what_was_locked_is_refused_and_not_kept(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jgo.maven.MavenContext", _Mirror(b"something else", repository))
    with pytest.raises(JarsError, match="sha256 differs"):
        await kafka_jars.class_path(lambda _: None)
    assert not _JAR.path(repository).exists()


async def test_a_jar_that_was_damaged_is_fetched_again(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _JAR.path(repository).parent.mkdir(parents=True)
    _JAR.path(repository).write_bytes(_GENUINE[:10])
    monkeypatch.setattr("jgo.maven.MavenContext", _Mirror(_GENUINE, repository))
    said: list[str] = []
    assert await kafka_jars.class_path(said.append) == str(_JAR.path(repository))
    assert said == ["kafka: fetching Apache Kafka, 1 jars, once", "kafka: 1 of 1 jars fetched"]
    said.clear()
    await kafka_jars.class_path(said.append)
    assert said == []


def test_the_lock_names_every_jar_with_its_sha256_and_no_address() -> None:
    jars = kafka_jars.locked()
    assert {"kafka_2.13", "kafka-clients", "slf4j-simple"} <= {jar.artifact for jar in jars}
    assert all(len(jar.sha256) == 64 for jar in jars)
    assert "://" not in kafka_jars.LOCK.read_text()
