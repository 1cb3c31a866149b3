"""What the supervisor does with parts that die, hang or were left behind; the parts are small scripts."""

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from workers.data_folder.keys import Keys, NoKeysError
from workers.embedded import lock, processes, status
from workers.embedded import supervisor as keeper_of_parts
from workers.embedded.managed_process import ManagedProcess, process_part
from workers.embedded.ports import Ports, is_free
from workers.embedded.processes import Identity
from workers.embedded.supervisor import PartKeepsDyingError, Supervisor

_SLEEPS = "import time; time.sleep(600)"
_IGNORES_SIGTERM = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); " + _SLEEPS
)


async def _always() -> bool:
    return True


def _part(folder: Path, script: str) -> ManagedProcess:
    return ManagedProcess(
        name="script", command=[sys.executable, "-c", script], log=folder / "script.log", ready=_always
    )


async def _until_replaced(keeper: Supervisor, pid: int) -> None:
    while keeper.pid in (None, pid) or not keeper.ready:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def test_a_part_that_dies_is_started_again_and_named_with_its_log(tmp_path: Path) -> None:
    said: list[str] = []
    keeper = Supervisor(_part(tmp_path, _SLEEPS), said.append)
    await keeper.start()
    first = keeper.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await asyncio.wait_for(_until_replaced(keeper, first), PATIENCE)
    await keeper.stop()
    assert keeper.restarts == 1
    assert any("script died (SIGKILL)" in line and str(tmp_path / "script.log") in line for line in said)


async def test_whoever_waits_hears_that_a_part_is_still_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_of_parts, "_SLOW", 0.1)
    said: list[str] = []

    async def slowly() -> bool:
        return len(said) == 3

    keeper = Supervisor(replace(_part(tmp_path, _SLEEPS), ready=slowly), said.append)
    await keeper.start()
    await keeper.stop()
    assert [line.startswith("script is starting, ") for line in said] == [True, True, True, False]
    assert said[-1].startswith("script is ready after")


async def test_a_process_that_hangs_is_ended_and_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    port, log = Ports(tmp_path / "ports.json").of("echo"), tmp_path / "echo.log"
    echo = process_part("echo", ["-m", "tests.workers.embedded.echo"], log, {"HANDOFF_HEALTH_PORT": str(port)})
    keeper = Supervisor(replace(echo, hangs_after=1.0), said.append)
    await keeper.start()
    first = keeper.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    async with asyncio.timeout(PATIENCE):
        while not keeper.restarts:
            await keeper.look()
            await asyncio.sleep(0.05)
    await asyncio.wait_for(_until_replaced(keeper, first), PATIENCE)
    await keeper.stop()
    assert "echo has not answered for 1 s and is killed" in said


async def test_a_process_that_is_not_ready_but_lives_is_left_alone(tmp_path: Path) -> None:
    lives = asyncio.Event()

    async def ready() -> bool:
        return not lives.is_set()

    async def alive() -> bool:
        return lives.is_set()

    keeper = Supervisor(replace(_part(tmp_path, _SLEEPS), ready=ready, alive=alive, hangs_after=0.0), lambda _: None)
    await keeper.start()
    lives.set()
    first = keeper.pid
    for _ in range(3):
        await keeper.look()
    assert (keeper.pid, keeper.ready) == (first, False)
    await keeper.stop()


async def test_five_deaths_within_a_minute_are_too_many(tmp_path: Path) -> None:
    keeper = Supervisor(_part(tmp_path, "import sys; sys.exit('no such profile')"), lambda _: None)
    await keeper.start()
    with pytest.raises(PartKeepsDyingError, match=r"script died 5 times .*script\.log.*no such profile"):
        await asyncio.wait_for(keeper.died_for_good(), PATIENCE)
    await keeper.stop()


async def test_a_part_that_does_not_listen_is_stopped_all_the_same(tmp_path: Path) -> None:
    keeper = Supervisor(_part(tmp_path, _IGNORES_SIGTERM), lambda _: None)
    await keeper.start()
    pid = keeper.pid
    assert pid is not None
    while not (tmp_path / "script.log").read_text():  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    await keeper.stop(grace=0.2)
    assert Identity.of(pid) is None


async def test_a_parts_process_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    supervisor = f"""
import asyncio, sys
from pathlib import Path
from workers.embedded.managed_process import ManagedProcess, spawn
async def ready(): return True
async def main():
    part = ManagedProcess(name="s", command=[sys.executable, "-c", {_SLEEPS!r}], log=Path({str(tmp_path / "s.log")!r}),
                ready=ready)
    print((await spawn(part)).pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", supervisor, stdout=subprocess.PIPE)
    assert process.stdout
    child = Identity.of(int(await process.stdout.readline()))
    assert child
    process.kill()
    await process.communicate()
    await processes.end(child, signal.SIGCONT, 10)
    assert not child.is_alive()


async def test_leftovers_are_stopped_and_a_number_that_is_now_somebody_elses_is_not(tmp_path: Path) -> None:
    left = await asyncio.create_subprocess_exec(sys.executable, "-c", _SLEEPS)
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", _SLEEPS)
    ours, theirs = Identity.of(left.pid), Identity.of(other.pid)
    assert ours
    assert theirs
    reused = Identity(theirs.pid, theirs.started - 1, theirs.boot)
    entries = [_entry("worker", ours), _entry("relay", reused)]
    (tmp_path / status.FILE).write_text(json.dumps({"parts": entries}))
    assert [part.pid for part in status.status(tmp_path)] == [left.pid, None]
    said: list[str] = []
    await status.stop_leftovers(tmp_path, said.append)
    assert len(said) == 1
    assert not ours.is_alive()
    assert theirs.is_alive()
    other.kill()
    await asyncio.gather(left.wait(), other.wait())


def _entry(name: str, identity: Identity) -> dict[str, object]:
    seen = {"pid": identity.pid, "started": identity.started, "boot": identity.boot, "stop_signal": int(signal.SIGTERM)}
    return {"name": name, "port": None, "log": f"{name}.log", "ready": True, "restarts": 0, **seen}


def test_a_folder_in_use_says_who_holds_it(tmp_path: Path) -> None:
    with (
        lock.held(tmp_path),
        pytest.raises(lock.InUseError, match=rf"in use by `.*` \(pid {os.getpid()}, since 20.*Stop it .*--data"),
        lock.held(tmp_path),
    ):
        pass
    with lock.held(tmp_path):
        pass


def test_a_lock_whose_holder_wrote_nothing_yet_is_a_lock(tmp_path: Path) -> None:
    with (tmp_path / lock.FILE).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(lock.InUseError, match="is in use"), lock.held(tmp_path):
            pass


def test_a_part_keeps_its_port(tmp_path: Path) -> None:
    port = Ports(tmp_path / "ports.json").of("kafka")
    assert is_free(port)
    assert Ports(tmp_path / "ports.json").of("kafka") == port
    assert Ports(tmp_path / "ports.json").of("relay") != port


def test_secrets_are_made_once_and_readable_for_their_owner_only(tmp_path: Path) -> None:
    with pytest.raises(NoKeysError):
        Keys.read(tmp_path)
    keys = Keys.of(tmp_path)
    assert Keys.of(tmp_path) == keys == Keys.read(tmp_path)
    assert len(keys.master_key) == 32
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert "Keys()" in repr(keys)
    assert keys.institution_password("north") != keys.institution_password("south")


def test_broken_secrets_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(NoKeysError):
        Keys.of(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == "{"
