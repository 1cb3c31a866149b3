"""Apache Kafka's jars: named with their sha256 in `kafka.lock.toml`, fetched once into a cache in the user's home."""

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
    "\nA proxy reads TLS here, and this machine does not trust it: add its certificate to the system's (Debian: a .crt "
    "file in /usr/local/share/ca-certificates, then update-ca-certificates), or name it: REQUESTS_CA_BUNDLE=FILE."
)


class JarsError(Exception):
    """The jars could not be fetched, or are not what the lock names."""


@dataclass(frozen=True)
class Jar:
    """One locked jar, by its Maven coordinates."""

    group: str
    artifact: str
    version: str
    sha256: str

    def path(self, repository: Path) -> Path:
        """Where it lies in a Maven repository folder."""
        folder = repository.joinpath(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"

    def is_whole(self, repository: Path) -> bool:
        """Whether it is there, byte for byte."""
        try:
            with self.path(repository).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except OSError:
            return False

    def fetch(self, repository: Path) -> None:
        """Download it.

        Raises:
            JarsError: it is not reachable, or not what was locked.
        """
        from jgo.maven import MavenContext  # noqa: PLC0415 - of the extra `embedded`: a container has only the rest

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
    """What the lock names."""
    found = tomllib.loads(LOCK.read_text())["dependencies"]
    return [Jar(each["groupId"], each["artifactId"], each["version"], each["sha256"]) for each in found]


def cache() -> Path:
    """Where jars are kept for every data folder of this user."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "discharge-handoff" / "maven"


async def class_path(say: Callable[[str], None]) -> str:
    """Kafka's class path, every jar verified; what is missing is fetched first.

    Args:
        say: told how far the fetching is.

    Raises:
        JarsError: a jar cannot be fetched or does not match.
    """
    repository, given_up = cache(), threading.Event()
    try:
        await asyncio.to_thread(_fetch_missing, repository, say, given_up)
    finally:
        given_up.set()  # Ctrl+C waits for the jars on their way, not for all
    return ":".join(str(jar.path(repository)) for jar in locked())


def _fetch_missing(repository: Path, say: Callable[[str], None], given_up: threading.Event) -> None:
    if not _missing(repository):
        return  # a cache that nobody may write to does as well
    try:
        repository.mkdir(parents=True, exist_ok=True)
        lock = (repository / "lock").open("w")
    except OSError as refusal:
        says = f"{repository} cannot be written, where Apache Kafka's jars are kept ({refusal.strerror})"
        raise JarsError(f"{says}: name another folder with XDG_CACHE_HOME, or fetch them there once.") from refusal
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # somebody else's stack may be fetching the same
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
    """Meanwhile TLS trusts whom this machine trusts: a proxy that reads TLS is in its store, not in a package's."""
    import truststore  # noqa: PLC0415 - of the extra `embedded`

    truststore.inject_into_ssl()
    try:
        yield
    finally:
        truststore.extract_from_ssl()


def _fetched(jars: list[Jar], repository: Path, given_up: threading.Event) -> Iterator[int]:
    """Fetch them; yields how many are there, each time it is one more."""
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
