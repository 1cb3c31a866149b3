"""A broker starts faster with Java's cache of its classes, and starts all the same without."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from handoff.repeat import until
from tests.conftest import Broker, SessionStack
from workers.embedded import kafka_classes, kafka_jars
from workers.embedded.kafka_jars import Jar

_JAR = Jar("org.example", "example", "1.0", "5" * 64)


async def recorded(notes: Path) -> None:
    notes.write_text("what was loaded")


async def created(notes: Path, draft: Path) -> None:
    draft.write_text(f"made of {notes.read_text()}")


@pytest.fixture
def jar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(kafka_jars, "locked", lambda: [_JAR])
    jar = _JAR.path(kafka_jars.cache())
    jar.parent.mkdir(parents=True)
    jar.write_text("a jar")
    return jar


async def test_the_cache_is_used_as_it_was_made(jar: Path) -> None:
    assert kafka_classes.whole() is None
    assert await kafka_classes.make(recorded, created)
    whole = kafka_classes.whole()
    assert whole
    assert whole.read_text() == "made of what was loaded"
    assert {file.suffix for file in kafka_jars.cache().parent.iterdir()} == {"", ".aot", ".lock", ".sha256"}


async def test_a_damaged_one_is_not_used_and_is_made_again(jar: Path) -> None:
    await kafka_classes.make(recorded, created)
    whole = kafka_classes.whole()
    assert whole
    whole.write_text("made of what was lost??")
    assert kafka_classes.whole() is None
    await kafka_classes.make(recorded, created)
    assert kafka_classes.whole() == whole


async def test_one_that_was_made_of_other_jars_is_not_used(jar: Path) -> None:
    await kafka_classes.make(recorded, created)
    os.utime(jar, (1, 1))
    assert kafka_classes.whole() is None


async def test_while_another_stack_makes_it_nobody_waits(jar: Path) -> None:
    await kafka_classes.make(recorded, created)
    [lock] = kafka_jars.cache().parent.glob("*.lock")
    with lock.open() as others:
        fcntl.flock(others, fcntl.LOCK_EX)
        assert not await kafka_classes.make(recorded, created)
    assert await kafka_classes.make(recorded, created)


async def test_one_that_cannot_be_made_leaves_nothing(jar: Path) -> None:
    async def fails(_: Path) -> None:
        raise OSError

    with suppress(OSError):
        await kafka_classes.make(fails, created)
    assert kafka_classes.whole() is None
    assert {file.name for file in kafka_jars.cache().parent.iterdir() if file.suffix != ".lock"} == {"maven"}


async def test_old_ones_go_when_a_new_one_is_made(jar: Path) -> None:
    old, other = (kafka_jars.cache().with_name(f"kafka-{name}.aot") for name in ("old", "other"))
    old.touch()
    other.touch()
    os.utime(old, (time.time() - 40 * 86_400,) * 2)
    await kafka_classes.make(recorded, created)
    assert (old.exists(), other.exists()) == (False, True)


async def test_a_broker_really_starts_with_it(kafka: Broker, stack: SessionStack) -> None:
    async def whole() -> Path | None:
        return kafka_classes.whole()  # another process of these tests may be making it

    made, part = str(await until(whole, 0.5)), stack.servers.kafka.part()
    broker = await stack.started(part)
    if made not in _mapped(broker.pid):
        await stack.kill(part)
    assert made in _mapped(broker.pid)


def _mapped(pid: int | None) -> set[str]:
    return {each.path for each in psutil.Process(pid).memory_maps()}
