"""The supervisor from `async with` to its end, with scripts for parts."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from workers.embedded.lock import InUseError
from workers.embedded.managed_process import ManagedProcess, StepFailedError
from workers.embedded.ports import Ports
from workers.embedded.stack import Stack
from workers.embedded.status import status
from workers.embedded.supervisor import PartFailedError, PartKeepsDyingError
from workers.failures import explained

_NO_ENV: Mapping[str, str] = {}


def _echo(stack: Stack) -> ManagedProcess:
    return stack.process("echo", ["-m", "tests.workers.embedded.echo"], _NO_ENV)


def _quits(stack: Stack) -> ManagedProcess:
    return stack.process("worker", ["-c", "import sys; sys.exit('no such queue')"], _NO_ENV)


async def test_a_process_runs_until_a_signal_asks_to_stop(tmp_path: Path) -> None:
    said: list[str] = []
    async with Stack(tmp_path, said.append) as stack:
        await stack.start([_echo(stack)])
        (part,) = status(tmp_path)
        assert part.ready
        assert part.pid
        os.kill(os.getpid(), signal.SIGTERM)
        await stack.keep()
    assert stack.asked_to_stop == signal.SIGTERM
    assert [(part.pid, part.ready) for part in status(tmp_path)] == [(None, False)]
    assert said[-1] == "stopping"


async def test_work_is_done_while_the_parts_are_kept(tmp_path: Path) -> None:
    async with Stack(tmp_path, lambda _: None) as stack:
        await stack.start([_echo(stack)])
        assert await stack.keep_while(asyncio.sleep(0, "done")) == "done"
        assert stack.restarts == {"echo": 0}


async def test_a_process_that_keeps_dying_ends_it_and_is_named_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(PartKeepsDyingError, match=r"worker died 5 times .*worker\.log.*no such queue"):
        async with Stack(tmp_path, lambda _: None) as stack:
            await stack.start([_echo(stack), _quits(stack)])
    assert {part.pid for part in status(tmp_path)} == {None}


async def test_work_ends_when_a_part_cannot_be_kept(tmp_path: Path) -> None:
    async def always() -> bool:
        return True

    part = ManagedProcess(name="relay", command=[sys.executable, "-c", "1/0"], log=tmp_path / "relay.log", ready=always)
    async with Stack(tmp_path, lambda _: None) as stack:
        await stack.start([part])
        with pytest.raises(PartKeepsDyingError, match="relay"):
            await stack.keep_while(asyncio.sleep(60))


async def test_a_part_that_cannot_be_prepared_says_why(tmp_path: Path) -> None:
    async def prepare() -> None:
        raise StepFailedError("the disk is full")

    async def never() -> bool:
        return False

    part = ManagedProcess(name="p", command=[sys.executable], log=tmp_path / "p.log", ready=never, prepare=prepare)
    with pytest.raises(PartFailedError, match="p cannot be prepared: the disk is full"):
        async with Stack(tmp_path, lambda _: None) as stack:
            await stack.start([part])


async def test_a_full_disk_is_called_a_full_disk_when_a_server_cannot_be_started_again(tmp_path: Path) -> None:
    deaths = asyncio.Event()

    def write_to_a_full_disk() -> None:
        Path("/dev/full").write_text("what a server needs to start again")

    async def always() -> bool:
        return True

    async def prepare() -> None:
        if deaths.is_set():
            write_to_a_full_disk()
        deaths.set()

    command = [sys.executable, "-c", "1/0"]
    part = ManagedProcess(name="kafka", command=command, log=tmp_path / "kafka.log", ready=always, prepare=prepare)
    async with Stack(tmp_path, lambda _: None) as stack:
        await stack.start([part])
        with pytest.raises(OSError, match="No space left") as full:
            await stack.keep()
    code, says = explained(full.value, tmp_path)
    assert (code, says.startswith("The disk is full: free space")) == (1, True), says
    assert not (tmp_path / "logs" / "handoff.log").exists()  # where a mistake of ours would be


async def test_institutions_learn_that_the_broker_has_moved_from_a_port_in_use(tmp_path: Path) -> None:
    before = Ports(tmp_path / "ports.json").of("kafka")
    said: list[str] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", before))
        taken.listen()
        async with Stack(tmp_path, said.append) as stack:
            await stack.start_servers()
            address = stack.endpoints.kafka_bootstrap
    port = address.rpartition(":")[2]
    assert f"port {before} of kafka is in use by another program: it has port {port} from now on" in said
    assert f"institutions have to connect to Kafka at {address} from now on: tell them" in said


async def test_a_second_stack_on_the_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    async with Stack(tmp_path, lambda _: None) as stack:
        await stack.start([_echo(stack)])
        with pytest.raises(InUseError):
            async with Stack(tmp_path, lambda _: None):
                pass
        assert status(tmp_path)[0].ready
    async with Stack(tmp_path, lambda _: None):
        pass
