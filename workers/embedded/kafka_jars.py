"""Apache Kafka's jars: listed with their sha256 in `kafka.lock.toml`, downloaded once into the user's cache."""

import asyncio
import fcntl
import hashlib
import os
import threading
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).with_name("kafka.lock.toml")
_AT_ONCE = 6
_UNTRUSTED = (
    "\nA proxy decrypts TLS, and this machine does not trust it: add its certificate to the system's (Debian: a .crt "
    "file in /usr/local/share/ca-certificates, then update-ca-certificates), or name it: REQUESTS_CA_BUNDLE=FILE."
)


class JarsError(Exception):
    """A jar could not be downloaded, or its sha256 is not that of the lock file."""


@dataclass(frozen=True)
class Jar:
    """One jar of the lock file, by its Maven coordinates."""

    group: str
    artifact: str
    version: str
    sha256: str

    def path(self, repository: Path) -> Path:
        """Its path in a Maven repository folder."""
        folder = repository.joinpath(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"

    def is_whole(self, repository: Path) -> bool:
        """Whether the file exists with the right sha256."""
        try:
            with self.path(repository).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except OSError:
            return False

    def fetch(self, repository: Path) -> None:
        """Download it.

        Raises:
            JarsError: it cannot be downloaded, or its sha256 differs.
        """
        from jgo.maven import MavenContext  # noqa: PLC0415 - of the extra `embedded`, which containers do not install

        self.path(repository).unlink(missing_ok=True)
        context = MavenContext(repo_cache=repository, local_repos=[])
        try:
            context.project(self.group, self.artifact).at_version(self.version).artifact().resolve()
        except Exception as cause:
            says = f"{self.artifact} {self.version} cannot be fetched: {cause}"
            raise JarsError(f"{says}{_UNTRUSTED if 'CERTIFICATE_VERIFY_FAILED' in says else ''}") from cause
        if not self.is_whole(repository):
            self.path(repository).unlink(missing_ok=True)
            raise JarsError(f"{self.artifact} {self.version} is not what {LOCK.name} names: its sha256 differs.")


def locked() -> list[Jar]:
    """The jars of the lock file."""
    jars = tomllib.loads(LOCK.read_text())["dependencies"]
    return [Jar(jar["groupId"], jar["artifactId"], jar["version"], jar["sha256"]) for jar in jars]


def cache() -> Path:
    """The folder for jars, shared by all data folders of this user."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "discharge-handoff" / "maven"


async def class_path(say: Callable[[str], None]) -> str:
    """Kafka's class path, with all jars verified; missing ones are downloaded first.

    Args:
        say: prints a line of progress.

    Raises:
        JarsError: a jar cannot be downloaded or does not match.
    """
    repository, given_up = cache(), threading.Event()
    try:
        await asyncio.to_thread(_fetch_missing, repository, say, given_up)
    finally:
        given_up.set()  # Ctrl+C waits only for downloads that have begun
    return ":".join(str(jar.path(repository)) for jar in locked())


def _fetch_missing(repository: Path, say: Callable[[str], None], given_up: threading.Event) -> None:
    if not _missing(repository):
        return  # so a read-only cache works, too
    try:
        repository.mkdir(parents=True, exist_ok=True)
        lock = (repository / "lock").open("w")
    except OSError as refusal:
        says = f"the folder for Apache Kafka's jars, {repository}, cannot be written ({refusal.strerror})"
        raise JarsError(f"{says}: name another folder with XDG_CACHE_HOME, or fill this one once.") from refusal
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another stack may be downloading the same
        missing = _missing(repository)
        if not missing:
            return
        say(f"kafka: fetching Apache Kafka, {len(missing)} jars, once")
        with _system_trust():
            for count in _fetched(missing, repository, given_up):
                if count % 10 == 0 or count == len(missing):
                    say(f"kafka: {count} of {len(missing)} jars fetched")


def _missing(repository: Path) -> list[Jar]:
    return [jar for jar in locked() if not jar.is_whole(repository)]


@contextmanager
def _system_trust() -> Iterator[None]:
    """Within the block TLS uses the system's certificates, which include those of a local proxy."""
    import truststore  # noqa: PLC0415 - of the extra `embedded`

    truststore.inject_into_ssl()
    try:
        yield
    finally:
        truststore.extract_from_ssl()


def _fetched(jars: list[Jar], repository: Path, given_up: threading.Event) -> Iterator[int]:
    """Download jars in parallel; yields the count after each."""
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        fetches = [threads.submit(jar.fetch, repository) for jar in jars]
        try:
            for count, fetch in enumerate(as_completed(fetches), 1):
                fetch.result()
                if given_up.is_set():
                    raise JarsError("given up")
                yield count
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
