"""Only the jars that the lock names ever run."""

import gc
import hashlib
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
from jgo.maven import _core

from tests.certificates import of_its_own
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


async def test_a_whole_cache_needs_no_right_to_write_and_one_that_lacks_a_jar_says_what_to_do(repository: Path) -> None:
    jar = _JAR.path(repository)
    jar.parent.mkdir(parents=True)
    jar.write_bytes(_GENUINE)
    (repository / "lock").mkdir()  # cannot be opened to write, by root neither
    assert await kafka_jars.class_path(lambda _: None) == str(jar)
    jar.unlink()
    with pytest.raises(JarsError, match="XDG_CACHE_HOME"):
        await kafka_jars.class_path(lambda _: None)


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_proxy_that_reads_tls_is_trusted_if_this_machine_does_and_named_if_not(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, trusted: bool
) -> None:
    context, file = of_its_own(tmp_path)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(file if trusted else tmp_path / "nobody.pem"))
    (tmp_path / "nobody.pem").write_text("")

    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as mirror:  # has nothing: 501
        mirror.socket = context.wrap_socket(mirror.socket, server_side=True)
        Thread(target=mirror.serve_forever, args=(0.05,), daemon=True).start()
        monkeypatch.setitem(_core.DEFAULT_REMOTE_REPOS, "central", f"https://127.0.0.1:{mirror.server_port}")
        with pytest.raises(JarsError) as refused:
            await kafka_jars.class_path(lambda _: None)
        mirror.shutdown()
    says = str(refused.value)
    with warnings.catch_warnings():  # the library leaves the socket of a failed handshake to the garbage collector
        warnings.simplefilter("ignore", ResourceWarning)
        del refused
        gc.collect()
    assert ("REQUESTS_CA_BUNDLE" in says) != trusted
    assert ("CERTIFICATE_VERIFY_FAILED" in says) != trusted


def test_the_lock_names_every_jar_with_its_sha256_and_no_address() -> None:
    jars = kafka_jars.locked()
    assert {"kafka_2.13", "kafka-clients", "slf4j-simple"} <= {jar.artifact for jar in jars}
    assert all(len(jar.sha256) == 64 for jar in jars)
    assert "://" not in kafka_jars.LOCK.read_text()
