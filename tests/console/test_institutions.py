"""A new institution is heard and answered, with what was handed over to it and nothing else."""

import asyncio
import json
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from console.cli.run import Ran
from console.institutions.topics import Heard, heard_by
from events.kafka import broker, topics
from events.kafka.login import Login, topic_from, topic_to
from tests.conftest import SessionStack
from tests.events.desk import NOW
from tests.patience import PATIENCE
from tests.workers.test_processes import Settings, settings
from workers.command import run_command
from workers.connections import LazyConnections
from workers.data_folder import institutions
from workers.data_folder.endpoints import Endpoints
from workers.oncall.provision import wanted

__all__ = ["settings"]
EXAMPLES = Path(__file__).parents[2] / "examples"
ROSE = ("institutions", "add", "st-rose", "--name", "St. Rose", "--role", "hospital")
ADD = ("institutions", "add", "st-mary", "--name", "St. Mary", "--role", "hospital")


@pytest.fixture
async def folder(stack: SessionStack, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder as `handoff up` leaves it, on the session's servers."""
    monkeypatch.setenv("HANDOFF_POSTGRES_URL", settings.env["HANDOFF_POSTGRES_URL"])
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
    desk = LazyConnections(folder)
    try:
        return await run_command(desk, words)
    finally:
        await desk.close()


async def hears(folder: Path, institution: str, count: int) -> list[Heard]:
    listening = heard_by(LazyConnections(folder), institution, once=False)
    async with asyncio.timeout(PATIENCE):
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
    assert acknowledged.attributes["type"] == "notice.acknowledged"
    assert acknowledged.attributes["answers"] == "st-mary-2026-11-22-0001"
    told = {"code": "unreadable", "place": "MSH", "offset": 1, "message_id": ""}
    assert rejected.attributes["type"] == "notice.rejected"
    assert isinstance(rejected.data, dict)
    assert told.items() <= rejected.data.items()
    await the_printed_script_sends_and_reads(folder, added.content["python"])


async def the_printed_script_sends_and_reads(folder: Path, script: str) -> None:
    """What is handed over works with `aiokafka` alone; an HL7 message's answer names its MSH-10."""
    (folder / "send.py").write_text(script)
    command = (sys.executable, str(folder / "send.py"), str(EXAMPLES / "notice-a03.hl7"))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    async with asyncio.timeout(PATIENCE):
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
    assert "st-mary" in LazyConnections(folder).profile.topics()


async def test_a_broker_that_makes_no_topics_leaves_the_register_as_it_was(folder: Path) -> None:
    class Stranger(LazyConnections):
        @property
        def engine_login(self) -> Login:
            return self.login("gm-hospital")

    ran = await run_command(Stranger(folder), ADD)
    assert (ran.code, "super user" in str(ran.error)) == (3, True)
    assert institutions.text_of(folder) is None


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("add", "st-anna", "--name", "x", "--role", "provider"), 2, "[[providers]]"),
        (("add", "st-anna", "--name", "x", "--role", "bakery"), 2, "hospital"),
        (("add", "engine", "--name", "x", "--role", "hospital"), 3, "broker's own"),
        (("add", "st.anna", "--name", "x", "--role", "hospital"), 2, "a code has small letters and digits"),
        (("add", "st-", "--name", "x", "--role", "hospital"), 2, "a code has small letters and digits"),
        (("add", "s" * 61, "--name", "x", "--role", "hospital"), 2, "at most 60 characters"),
        (("add", "st-anna", "--name", " ", "--role", "hospital"), 2, "must not be empty"),
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
    assert (ran.code, institutions.text_of(folder)) == (3, None)
    assert "[[institutions]]" in ran.error


async def test_who_takes_part_is_listed_and_a_password_is_shown_only_if_asked_for(folder: Path) -> None:
    assert (await runs(folder, "institutions", "add", "st-rita", "--name", "R", "--role", "nhis", "--phone")).code == 0
    listed = {each["institution"]: each for each in (await runs(folder, "institutions", "list")).content}
    assert (listed["st-rita"]["in"], listed["gm-hospital"]["in"]) == ("this folder", "profile")
    assert {"gm-meals-01", "desk"} <= set(listed)
    secret = LazyConnections(folder).keys.institution_password("gm-hospital")
    shown = await runs(folder, "institutions", "show", "gm-hospital")
    assert secret not in json.dumps(shown.content)
    shown = await runs(folder, "institutions", "show", "gm-hospital", "--password")
    assert shown.content["password"] == secret
    assert "writes" not in (await runs(folder, "institutions", "show", "st-rita")).content


def lets_in(folder: Path, institution: str, password: str) -> bool:
    return broker.lets_in(LazyConnections(folder).endpoints.kafka_bootstrap, Login(institution, password))


async def test_a_new_password_opens_and_the_one_before_does_not(folder: Path) -> None:
    first = (await runs(folder, *ADD)).content["password"]
    ran = await runs(folder, "institutions", "new-password", "st-mary")
    assert (ran.code, ran.error) == (0, "")
    second = ran.content["password"]
    assert second != first
    assert (lets_in(folder, "st-mary", second), lets_in(folder, "st-mary", first)) == (True, False)
    shown = (await runs(folder, "institutions", "show", "st-mary", "--password")).content
    assert shown["password"] == second


async def test_one_that_is_suspended_is_shut_out_until_it_is_resumed(folder: Path) -> None:
    password = (await runs(folder, *ADD)).content["password"]
    assert (await runs(folder, "institutions", "suspend", "st-mary")).code == 0
    assert not lets_in(folder, "st-mary", password)
    refused = await runs(folder, "publish", "--from", "st-mary", str(EXAMPLES / "broken.hl7"))
    assert (refused.code, "handoff institutions resume st-mary" in refused.error) == (3, True)
    assert (await runs(folder, "institutions", "suspend", "st-mary")).code == 3
    shown = (await runs(folder, "institutions", "show", "st-mary")).content
    assert shown["standing"] == "suspended"
    assert (await runs(folder, "institutions", "resume", "st-mary")).code == 0
    assert lets_in(folder, "st-mary", password)
    sent = await runs(folder, "publish", "--from", "st-mary", str(EXAMPLES / "broken.hl7"))
    assert sent.code == 0, sent.error


async def test_what_a_suspended_institution_sent_is_parked_and_told(
    folder: Path, running: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDOFF_MASTER_KEY_FILE", str(folder / "master.key"))
    assert (await runs(folder, *ROSE)).code == 0
    mine = folder / "notice.json"
    mine.write_text((EXAMPLES / "notice.json").read_text().replace("gm-hospital", "st-rose"))
    institutions.change(folder, "st-rose", {"standing": "suspended"})  # Kafka still takes what it sends
    assert (await runs(folder, "publish", "--from", "st-rose", str(mine))).code == 0
    [rejected] = await hears(folder, "st-rose", 1)
    assert rejected.attributes["type"] == "notice.rejected"
    assert isinstance(rejected.data, dict)
    assert rejected.data["code"] == "sender-suspended"
    assert (await runs(folder, "institutions", "remove", "st-rose")).code == 0
    unread = await runs(folder, "parked", "retry", "--code", "sender-suspendet", "--as", "kim")
    assert (unread.code, "sender-suspended?" in unread.error) == (2, True)
    mistyped = await runs(folder, "parked", "list", "--from", "st-roze")
    assert (mistyped.code, "st-roze" in mistyped.error) == (2, True)
    taken = await runs(folder, "parked", "retry", "--from", "st-rose", "--as", "coordinator")
    assert (taken.code, taken.content) == (0, {"taken": 1, "refused": 0}), taken.error
    refused = await runs(folder, "institutions", "resume", "st-rose")
    assert refused.code == 0
    refused = await runs(folder, "institutions", "remove", "st-rose")
    assert (refused.code, "is a party to open cases (1)" in refused.error) == (3, True)
    assert (await runs(folder, "institutions", "suspend", "st-rose")).code == 0
    listed = {each["institution"]: each["standing"] for each in (await runs(folder, "institutions", "list")).content}
    assert listed["st-rose"] == "suspended"
    assert (await runs(folder, *ROSE)).code == 3, "its code stays taken"


async def test_a_name_is_changed_and_the_lines_of_a_person_stay(folder: Path) -> None:
    assert (await runs(folder, *ADD)).code == 0
    file = folder / institutions.FILE
    file.write_text(file.read_text() + "# ask for Ms Kim\n")
    changed = await runs(folder, "institutions", "change", "st-mary", "--name", "성모병원")
    assert (changed.code, changed.content["name"]) == (0, "성모병원")
    of_the_profile = await runs(folder, "institutions", "change", "gm-hospital", "--name", "Other")
    assert (of_the_profile.code, LazyConnections(folder).profile.institution("gm-hospital").name) == (0, "Other")  # type: ignore[union-attr]
    assert "# ask for Ms Kim" in file.read_text()


@pytest.mark.parametrize(("days", "silent"), [("30", False), ("20", True), ("0", False)])
async def test_how_long_an_institution_may_be_silent_is_changed(folder: Path, days: str, *, silent: bool) -> None:
    changed = await runs(folder, "institutions", "change", "gm-hospital", "--silent-days", days)
    assert changed.code == 0, changed.error
    span = timedelta(days=25)
    told = LazyConnections(folder).profile.silent({"gm-hospital": NOW - span, "nhis-gwangmyeong": NOW - span}, NOW)
    assert told == ({"gm-hospital": span} if silent else {})


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("remove", "gm-conference"), 3, "deciding_body"),
        (("suspend", "st-anna"), 3, "not registered"),
        (("new-password", "desk"), 3, "no topics"),
        (("change", "gm-hospital"), 2, "--name, --role or --silent-days"),
        (("change", "gm-meals-01", "--silent-days", "3"), 2, "provider"),
        (("change", "gm-hospital", "--silent-days", "99999999999"), 2, "3650"),
        (("change", "gm-hospital", "--role", "bakery"), 2, "hospital"),
        (("change", "gm-meals-01", "--role", "hospital"), 2, "gm-meals-01"),
        (("resume", "gm-hospital"), 3, "active already"),
    ],
)
async def test_what_cannot_become_of_an_institution_is_refused_and_nothing_changes(
    folder: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    ran = await runs(folder, "institutions", *words)
    assert (ran.code, says in ran.error) == (code, True), ran.error
    assert institutions.text_of(folder) is None


async def test_institutions_are_told_the_address_by_which_they_reach_us(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDOFF_KAFKA_PUBLIC_BOOTSTRAP", "kafka.gm.example:9094")
    shown = (await runs(folder, "institutions", "show", "gm-hospital")).content
    assert shown["bootstrap"] == "kafka.gm.example:9094"
    assert "kafka.gm.example:9094" in shown["python"]


async def test_another_institutions_key_makes_new_passwords(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def provisions() -> list[str]:
        desk = LazyConnections(folder)
        return await topics.provision(desk.endpoints.kafka_bootstrap, desk.engine_login, wanted(desk.settings))

    await provisions()
    first = LazyConnections(folder).login("gm-hospital").password
    key = folder / "institutions.key"
    key.write_bytes(b"another key of thirty-two bytes!")
    monkeypatch.setenv("HANDOFF_INSTITUTIONS_KEY_FILE", str(key))
    assert "set Kafka user gm-hospital's new password" in await provisions()
    second = LazyConnections(folder).login("gm-hospital").password
    assert (lets_in(folder, "gm-hospital", second), lets_in(folder, "gm-hospital", first)) == (True, False)
    assert await provisions() == []
    monkeypatch.delenv("HANDOFF_INSTITUTIONS_KEY_FILE")
    await provisions()  # the session's other tests have the first key
    assert lets_in(folder, "gm-hospital", first)
