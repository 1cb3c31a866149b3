"""A new institution is heard and answered, with what was handed over to it and nothing else."""

import asyncio
import json
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SessionStack
from tests.workers.test_processes import Settings, settings
from workers import register
from workers.cli.commands import Ran, run_command
from workers.cli.topics import heard_by
from workers.compose import Desk
from workers.embedded.endpoints import Endpoints
from workers.embedded.kafka_access import Login, topic_from, topic_to

__all__ = ["settings"]
pytestmark = pytest.mark.timeout(120)
EXAMPLES = Path(__file__).parents[3] / "examples"
ADD = ("institutions", "add", "st-mary", "--name", "St. Mary", "--role", "hospital")


@pytest.fixture
async def folder(stack: SessionStack, settings: Settings, tmp_path: Path) -> Path:
    """A data folder as `handoff up` leaves it, on the session's servers."""
    shutil.copy(stack.data / "secrets.json", tmp_path)
    where = stack.endpoints
    Endpoints(tmp_path, "", where.temporal_address, None, where.kafka_bootstrap).write(stack.servers.postgres.port)
    return tmp_path


@pytest.fixture
async def running(folder: Path, settings: Settings) -> AsyncIterator[None]:
    """Intake and relay, started before anybody is registered."""
    of_the_folder = {name: value for name, value in settings.env.items() if name != "HANDOFF_PROFILE"}
    of_the_folder |= {"HANDOFF_KAFKA_BOOTSTRAP": "", "HANDOFF_MASTER_KEY_FILE": str(folder / "master.key")}
    ours = replace(settings, env=of_the_folder)
    processes = await asyncio.gather(ours.start("intake"), ours.start("relay"))
    await asyncio.gather(*(each.ready() for each in processes))
    yield
    for each in processes:
        assert await each.end(signal.SIGTERM) == 0, each.log.read_text()


async def runs(folder: Path, *words: str) -> Ran:
    desk = Desk(folder)
    try:
        return await run_command(desk, words)
    finally:
        await desk.close()


async def hears(folder: Path, institution: str, count: int) -> list[dict[str, Any]]:
    listening = heard_by(Desk(folder), institution, once=False)
    async with asyncio.timeout(60):
        return [await anext(listening) for _ in range(count)]


async def test_a_new_institution_is_answered_while_everything_runs(folder: Path, running: None) -> None:
    added = await runs(folder, *ADD)
    assert added.code == 0, added.error
    assert (added.content["writes"], added.content["reads"]) == (topic_from("st-mary"), topic_to("st-mary"))

    mine = folder / "notice.json"
    mine.write_text((EXAMPLES / "notice.json").read_text().replace("gm-hospital", "st-mary"))
    assert (await runs(folder, "read", str(mine))).content["as"] == "st-mary"
    sent = await runs(folder, "publish", "--from", "st-mary", str(mine), str(EXAMPLES / "broken.hl7"))
    assert sent.code == 0, sent.error
    acknowledged, rejected = await hears(folder, "st-mary", 2)
    assert (acknowledged["type"], acknowledged["answers"]) == ("notice.acknowledged", "st-mary-2026-11-22-0001")
    told = {"code": "unreadable", "place": "MSH", "offset": 1, "message_id": ""}
    assert rejected["type"] == "notice.rejected"
    assert told.items() <= rejected["data"].items()
    await the_printed_script_sends_and_reads(folder, added.content["python"])


async def the_printed_script_sends_and_reads(folder: Path, script: str) -> None:
    """What is handed over works with `aiokafka` alone; an HL7 message's answer names its MSH-10."""
    (folder / "send.py").write_text(script)
    command = (sys.executable, str(folder / "send.py"), str(EXAMPLES / "notice-a03.hl7"))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    async with asyncio.timeout(60):
        while b"20261122-000318" not in (line := await process.stdout.readline()):
            assert line, "the script ended without an answer"
    process.kill()
    await process.communicate()


async def test_an_institution_registered_twice_is_refused(folder: Path) -> None:
    assert (await runs(folder, *ADD)).code == 0
    again = await runs(folder, *ADD)
    assert again.code == 3
    assert "registered already: St. Mary (hospital)" in again.error


async def test_without_kafka_it_is_registered_for_the_next_start(folder: Path) -> None:
    file = folder / "endpoints.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "kafka_bootstrap": "127.0.0.1:1"}))
    added = await runs(folder, *ADD)
    assert (added.code, "next `handoff up`" in added.content["note"]) == (0, True)
    assert "st-mary" in Desk(folder).profile.topics()


async def test_a_broker_that_makes_no_topics_leaves_the_register_as_it_was(folder: Path) -> None:
    class Stranger(Desk):
        @property
        def engine_login(self) -> Login:
            return self.login("gm-hospital")

    ran = await run_command(Stranger(folder), ADD)
    assert (ran.code, "super user" in str(ran.error)) == (3, True)
    assert register.text_of(folder) is None


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("add", "st-anna", "--name", "x", "--role", "provider"), 2, "[[providers]]"),
        (("add", "st-anna", "--name", "x", "--role", "bakery"), 2, "hospital"),
        (("add", "engine", "--name", "x", "--role", "hospital"), 3, "broker's own"),
        (("add", "st.anna", "--name", "x", "--role", "hospital"), 2, "a code is small letters and digits"),
        (("add", "st-", "--name", "x", "--role", "hospital"), 2, "a code is small letters and digits"),
        (("add", "s" * 61, "--name", "x", "--role", "hospital"), 2, "60 characters at most"),
        (("add", "st-anna", "--name", " ", "--role", "hospital"), 2, "not empty"),
        (("show", "st-anna"), 3, "institutions add st-anna"),
    ],
)
async def test_what_cannot_be_registered_is_refused_in_words(
    folder: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    ran = await runs(folder, "institutions", *words)
    assert (ran.code, says in ran.error) == (code, True), ran.error


async def test_a_profile_that_a_setting_names_is_added_to_by_hand(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDOFF_PROFILE", "gwangmyeong")
    ran = await runs(folder, *ADD)
    assert (ran.code, register.text_of(folder)) == (3, None)
    assert "[[institutions]]" in ran.error


async def test_who_takes_part_is_listed_and_a_password_is_shown_only_if_asked_for(folder: Path) -> None:
    assert (await runs(folder, "institutions", "add", "st-rita", "--name", "R", "--role", "nhis", "--phone")).code == 0
    listed = {each["institution"]: each for each in (await runs(folder, "institutions", "list")).content}
    assert (listed["st-rita"]["in"], listed["gm-hospital"]["in"]) == ("this folder", "profile")
    assert {"gm-meals-01", "desk"} <= set(listed)
    secret = Desk(folder).keys.institution_password("gm-hospital")
    shown = await runs(folder, "institutions", "show", "gm-hospital")
    assert secret not in json.dumps(shown.content)
    shown = await runs(folder, "institutions", "show", "gm-hospital", "--password")
    assert shown.content["password"] == secret
    assert "writes" not in (await runs(folder, "institutions", "show", "st-rita")).content
