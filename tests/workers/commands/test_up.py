"""One command starts everything, and institutions are heard and answered."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE

EXAMPLES = Path(__file__).parents[3] / "examples"
HANDOFF = str(Path(sys.executable).with_name("handoff"))


class Terminal:
    """A terminal beside a running stack."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def start(self, *words: str) -> Process:
        env = {**os.environ, "HANDOFF_DATA": str(self.folder)}
        return await asyncio.create_subprocess_exec(HANDOFF, *words, stdout=PIPE, stderr=PIPE, env=env)

    async def run(self, *words: str) -> tuple[int, str, str]:
        process = await self.start(*words)
        said, complained = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode is not None
        return process.returncode, said.decode(), complained.decode()

    async def reads(self, *words: str) -> Any:
        code, said, complained = await self.run(*words, "--json")
        assert code == 0, complained
        return json.loads(said)

    async def publish(self, institution: str, *files: str) -> None:
        code, _, complained = await self.run(
            "publish", "--from", institution, *(str(EXAMPLES / each) for each in files)
        )
        assert code == 0, complained

    async def hears(self, institution: str, count: int) -> list[dict[str, Any]]:
        """The first events on an institution's topic, as soon as they are there."""
        listening = await self.start("listen", "--as", institution, "--json")
        assert listening.stdout
        try:
            lines = [await asyncio.wait_for(listening.stdout.readline(), PATIENCE) for _ in range(count)]
        finally:
            listening.terminate()
            await listening.communicate()
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Terminal, Process]]:
    terminal = Terminal(tmp_path_factory.mktemp("up"))
    process = await terminal.start("up", "--profile", "gwangmyeong")
    assert process.stderr
    said = []
    async with asyncio.timeout(PATIENCE):
        while "Everything runs" not in (line := (await process.stderr.readline()).decode()):
            said.append(line)
            assert line, "".join(said)
    yield terminal, process
    if process.returncode is None:
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), PATIENCE)


async def test_everything_runs_and_says_where(up: tuple[Terminal, Process]) -> None:
    parts = await up[0].reads("status")
    assert {part["name"] for part in parts} == {"postgres", "kafka", "temporal", "worker", "intake", "relay"}
    assert all(part["ready"] for part in parts)
    assert set(parts[0]) == {"name", "pid", "port", "log", "ready", "restarts"}


async def test_one_discharge_told_four_times_is_one_case(up: tuple[Terminal, Process]) -> None:
    terminal, _ = up
    await terminal.publish("gm-hospital", "notice.json", "notice.json", "notice.json", "notice-a03.hl7")
    first, other = await terminal.hears("gm-hospital", 2)
    await terminal.publish("nhis-gwangmyeong", "notice-from-nhis.json")
    [joined] = await terminal.hears("nhis-gwangmyeong", 1)
    assert [told["data"]["status"] for told in (first, other, joined)] == ["opened", "opened", "joined"]
    assert first["data"]["case_id"] == joined["data"]["case_id"]
    opened = {first["data"]["case_id"], other["data"]["case_id"]}
    assert {case["case"] for case in await terminal.reads("cases")} == opened
    assert {task["case"] for task in await terminal.reads("tasks")} == opened
    code, said, _ = await terminal.run("listen", "--as", "gm-hospital", "--once", "--json")
    heard = [json.loads(line) for line in said.splitlines()]
    assert {len(event["sha256"]) for event in heard} == {64}
    assert (code, len({event["id"] for event in heard if event["type"] == "notice.acknowledged"})) == (0, 2)


async def test_an_unreadable_record_is_parked_and_its_sender_told(up: tuple[Terminal, Process]) -> None:
    terminal, _ = up
    await terminal.publish("seoul-hospital", "broken.hl7")
    [told] = await terminal.hears("seoul-hospital", 1)
    assert told["type"] == "notice.rejected"
    [parked] = await terminal.reads("parked", "list")
    assert (parked["sender"], parked["code"]) == ("seoul-hospital", told["data"]["code"])
    number = str(parked["number"])
    assert (await terminal.reads("parked", "show", number))["reason"]
    assert (await terminal.run("parked", "retry", number, "--as", "coordinator"))[0] == 3
    assert (await terminal.run("parked", "drop", number, "--as", "coordinator"))[0] == 0
    assert await terminal.reads("parked", "list") == []
    assert (await terminal.run("parked", "show", "999"))[0] == 3


async def test_an_unknown_institution_is_answered_with_the_known_ones(up: tuple[Terminal, Process]) -> None:
    code, _, complained = await up[0].run("publish", "--from", "nowhere", str(EXAMPLES / "notice.json"))
    assert code == 2
    assert "gm-hospital" in complained
    assert (await up[0].run("listen", "--as", "nowhere", "--once"))[0] == 2


async def test_a_command_that_is_interrupted_says_so_by_its_exit_code(up: tuple[Terminal, Process]) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores it
    try:
        listening = await up[0].start("listen", "--as", "gm-hospital")
    finally:
        signal.signal(signal.SIGINT, before)
    assert listening.stdout
    assert await asyncio.wait_for(listening.stdout.readline(), PATIENCE)
    listening.send_signal(signal.SIGINT)
    _, complained = await asyncio.wait_for(listening.communicate(), PATIENCE)
    assert (listening.returncode, complained) == (130, b"")


async def test_a_second_start_says_who_holds_the_folder(up: tuple[Terminal, Process]) -> None:
    code, _, complained = await up[0].run("up")
    assert code == 3
    assert f"pid {up[1].pid}" in complained


async def test_one_signal_ends_everything(up: tuple[Terminal, Process]) -> None:
    terminal, process = up
    process.send_signal(signal.SIGINT)
    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0
    assert "Everything is stopped" in said.decode()
    assert [part["pid"] for part in await terminal.reads("status")] == [None] * 6
    port = json.loads((terminal.folder / "endpoints.json").read_text())["postgres_port"]
    with socket.socket() as nobody:  # another test's PostgreSQL might take the port, and refuse us
        nobody.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        nobody.bind(("127.0.0.1", port))
        code, _, complained = await terminal.run("tasks")
    assert code == 4, complained
    assert "handoff up" in complained


async def test_another_profile_says_what_becomes_of_the_open_cases(up: tuple[Terminal, Process]) -> None:
    process = await up[0].start("up", "--profile", "demo", "--without", "worker,intake,relay")
    assert process.stderr
    said: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while not said or "Everything runs" not in said[-1]:
            said.append((await process.stderr.readline()).decode())
            assert said[-1], said
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), PATIENCE)
    [told] = [line for line in said if "open cases of the profile gwangmyeong: 2" in line]
    assert "records of institutions that demo lacks are no longer read" in told
