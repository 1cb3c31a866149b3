"""Whoever is on call asks one command, and it names what is wrong."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import text
from temporalio.client import Client

from handoff.store.engine import connect
from handoff.store.migrations import migrate
from tests.conftest import SessionStack
from tests.store.databases import create, url_of
from tests.workers.oncall.ward import PATIENCE, Ward
from workers.cli.commands import run_command
from workers.cli.order import Exit
from workers.compose import Desk
from workers.oncall import doctor
from workers.oncall.finding import Finding
from workflows.client import TASK_QUEUE, workflow_id

DATABASE = "on_call"
OVERDUE = """
INSERT INTO tasks (task_id, kind, owner, opened_at, due_at)
VALUES ('T1', 'held-notice', 'desk', now(), now() - '1 hour'::interval)
"""
UNSENT = """
INSERT INTO outbox (event_id, receiver, lane, kind, occurred_at, payload_sealed)
SELECT 'E-' || receiver, receiver, receiver, 'referral.offered', now() - '1 hour'::interval * number, ''
FROM unnest(ARRAY['one', 'two', 'three', 'four']) WITH ORDINALITY AS missing (receiver, number)
"""
PROCESSES = ("worker", "intake", "relay")


@pytest.fixture(scope="module")
async def ward(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ward]:
    stack = SessionStack(tmp_path_factory.mktemp("servers"))  # of its own: other tests' topics would be complained of
    ward = await Ward.of(tmp_path_factory.mktemp("ward"), stack, DATABASE)
    await migrate(await create(stack.endpoints.postgres_url, DATABASE))
    ran = await ward.runs("provision")
    assert ran.code == 0, ran.error
    await asyncio.gather(*(ward.start(name) for name in PROCESSES))
    await asyncio.gather(*(running.ready() for running in ward.running.values()))
    yield ward
    for running in ward.running.values():
        if running.process.returncode is None:
            await running.end(signal.SIGKILL)
    await stack.stop()


async def said(ward: Ward, statement: str) -> None:
    """A word to the database, as nobody on call should have to say it."""
    engine = connect(url_of(ward.stack.endpoints.postgres_url, DATABASE), pool=1)
    async with engine.begin() as conn:
        await conn.execute(text(statement))
    await engine.dispose()


async def test_when_all_is_well_nothing_is_printed(ward: Ward) -> None:
    assert await ward.settles() == {}


async def test_the_first_case_that_stands_still_is_an_increase(ward: Ward) -> None:
    for name in PROCESSES:
        told = await ward.metrics(name)
        for what in ("case_stands_still", "signal_lost", "milestone_failed"):
            assert f'handoff_troubles_total{{what="{what}"}} 0.0' in told, name


async def test_what_is_provisioned_is_left_as_it_is(ward: Ward) -> None:
    again = await ward.runs("provision")
    assert again.content == {"changes": [], "done": True}


async def test_a_parked_record_is_named_until_somebody_drops_it(ward: Ward) -> None:
    producer = AIOKafkaProducer(**ward.kafka)
    await producer.start()
    await producer.send_and_wait("handoff.from.gm-hospital", b"not a notice")
    await producer.stop()
    assert await ward.settles({"parked records": "warn"}) == {"parked records": "warn"}
    [record] = (await ward.runs("parked", "list")).content
    assert (await ward.runs("parked", "drop", str(record["number"]), "--as", "kim")).code == 0
    assert await ward.settles() == {}


async def test_an_open_case_that_nothing_carries_on_is_named(ward: Ward) -> None:
    words = ("notice", "--as", "desk", "--name", "김복순", "--phone", "010-1234-5678", "--consent")
    when = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    told = await ward.runs(*words, "--address", "경기도 광명시 철산로 12", "--discharged-at", when.isoformat())
    case = str(told.content["case"])
    assert await ward.settles() == {}
    client = await Client.connect(ward.stack.endpoints.temporal_address)
    await client.get_workflow_handle(workflow_id(case)).terminate()
    assert await ward.settles({"open cases": "fail"}) == {"open cases": "fail"}
    [found] = [each for each in (await ward.runs("doctor")).content if each["part"] == "open cases"]
    assert case in found["says"]
    await said(ward, "UPDATE cases SET closed_at = now()")
    assert await ward.settles() == {}


async def test_a_case_that_is_told_and_nothing_comes_of_it_is_named(ward: Ward) -> None:
    when = (datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)).isoformat()
    words = ("notice", "--as", "desk", "--address", "경기도 광명시 철산로 12", "--discharged-at", when)
    person = (*words, "--name", "최말순", "--phone", "010-6666-7777", "--birth-date", "1941-05-06")
    case = (await ward.runs(*person)).content["case"]
    assert await ward.settles() == {}
    last = f"SELECT case_id, entries FROM cases WHERE case_id = '{case}'"  # noqa: S608
    await said(ward, f"DELETE FROM timeline WHERE (case_id, seq) IN ({last})")  # noqa: S608 - the record falls behind
    assert (await ward.runs(*person, "--consent")).content["case"] == case
    [found] = await _still(ward)
    assert (case in found["says"], "(RecordBehind)" in found["says"]) == (True, True), found
    assert "handoff compare" in found["do"]
    client = await Client.connect(ward.stack.endpoints.temporal_address)
    await client.get_workflow_handle(workflow_id(case)).terminate()
    await client.start_workflow("DischargeHandoff", "no case", id=workflow_id(case), task_queue=TASK_QUEUE)
    [found] = await _still(ward, but="RecordBehind")
    assert (case in found["says"], "its workflow task was tried" in found["says"]) == (True, True), found
    await said(ward, "UPDATE cases SET facts = 0")  # as if nothing had been told: Temporal marks it all the same
    [found] = await _still(ward, but=" for ")
    assert (case in found["says"], "its workflow task was tried" in found["says"]) == (True, True), found
    await client.get_workflow_handle(workflow_id(case)).terminate()
    await said(ward, "UPDATE cases SET closed_at = now()")
    assert await ward.settles() == {}


async def test_a_look_that_breaks_is_named_and_takes_no_other_along(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> list[Finding]:
        raise ValueError("a name that nobody should read")

    monkeypatch.setattr(doctor, "kafka", broken)
    found = (await ward.runs("doctor", "--quiet")).content
    assert [each["part"] for each in found] == ["Kafka"]
    assert "mistake of ours" in found[0]["do"]
    assert "a name" not in str(found)


async def test_in_a_folder_where_nothing_was_started_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    ran = await run_command(desk, ["doctor"])
    await desk.close()
    assert (ran.code, ran.content) == (Exit.NOT_DONE, None)
    assert "handoff up" in ran.error
    assert not list(tmp_path.iterdir())


async def test_a_part_that_cannot_be_looked_at_says_why_in_its_own_words(ward: Ward) -> None:
    ward.set(**{**ward.named, "temporal_address": None})
    found = {each["part"]: each for each in (await ward.runs("doctor", "--quiet")).content}
    ward.set(**ward.named)
    assert "Nothing was started" in found["Temporal"]["do"]
    assert "mistake of ours" not in str(found)


async def _still(ward: Ward, but: str = "no worker took it up") -> list[dict[str, str]]:
    """The doctor's line about what the case was told an hour ago, once it says why."""
    for _ in range(PATIENCE):
        await said(ward, "UPDATE facts SET told_at = told_at - '1 hour'::interval")
        told = (await ward.runs("doctor")).content
        found = [each for each in told if each["part"] == "cases standing still" and each["state"] == "fail"]
        if found and but not in found[0]["says"] and "no worker took it up" not in found[0]["says"]:
            return found
        await asyncio.sleep(1)
    return []


async def test_a_case_that_cannot_be_told_while_others_are_is_named(ward: Ward) -> None:
    when = (datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)).isoformat()
    words = ("notice", "--as", "desk", "--consent", "--address", "경기도 광명시 철산로 12", "--discharged-at", when)
    case = (await ward.runs(*words, "--name", "이순자", "--phone", "010-2222-3333")).content["case"]
    assert await ward.settles() == {}
    client = await Client.connect(ward.stack.endpoints.temporal_address)
    await client.get_workflow_handle(workflow_id(case)).terminate()
    # Not its first fact: that one would begin the case again.
    later = "number = 2, told_at = NULL, known_at = now() - '1 hour'::interval"
    await said(ward, f"UPDATE facts SET {later} WHERE case_id = '{case}'")  # noqa: S608
    await ward.runs(*words, "--name", "박영수", "--phone", "010-4444-5555")
    assert await ward.settles({"facts untold": "fail"}) == {"facts untold": "fail"}
    [found] = [each for each in (await ward.runs("doctor")).content if each["part"] == "facts untold"]
    assert f"but not {case}" in found["says"]
    assert await ward.running["intake"].answers("/ready") == 200
    await said(ward, "UPDATE facts SET told_at = now()")
    await said(ward, "UPDATE cases SET closed_at = now()")
    assert await ward.settles() == {}


async def test_an_overdue_task_is_named(ward: Ward) -> None:
    await said(ward, OVERDUE)
    assert await ward.complaints() == {"overdue tasks": "warn"}
    await said(ward, "DELETE FROM tasks WHERE task_id = 'T1'")


async def test_those_whose_letters_wait_longest_are_named(ward: Ward) -> None:
    await said(ward, UNSENT)  # none of the four has a topic
    assert await ward.settles({"events unsent": "fail"}) == {"events unsent": "fail"}
    [found] = [each for each in (await ward.runs("doctor")).content if each["part"] == "events unsent"]
    assert "(to four, three, two and more)" in found["says"]
    await said(ward, "DELETE FROM outbox WHERE event_id LIKE 'E-%'")


async def test_records_that_are_gone_are_named_with_institution_and_range(ward: Ward) -> None:
    about = '{"sender": "gm-hospital", "topic": "handoff.from.gm-hospital", "first": 10, "last": 12, "why": "deleted"}'
    opened = f"VALUES ('T2', 'records-missing', 'duty-officer', now(), now() + '1 hour'::interval, '{about}')"
    await said(ward, f"INSERT INTO tasks (task_id, kind, owner, opened_at, due_at, about) {opened}")
    assert await ward.complaints() == {"records missing": "fail"}
    [found] = [each for each in (await ward.runs("doctor")).content if each["part"] == "records missing"]
    assert "records 10 to 12 of gm-hospital" in found["says"]
    assert 'handoff_waiting{what="missing"} 1.0' in await until_told(ward, "missing")
    assert (await ward.runs("settle", "T2", "--done", "--as", "kim")).code == 0
    assert await ward.settles() == {}


async def until_told(ward: Ward, what: str) -> str:
    """Intake's metrics, once they tell that something of this sort waits."""
    while True:
        told = await ward.metrics("intake")
        if f'handoff_waiting{{what="{what}"}} 1.0' in told:
            return told
        await asyncio.sleep(0.2)


async def test_a_partition_that_waits_for_a_lock_is_named_with_the_session_that_holds_it(ward: Ward) -> None:
    engine = connect(url_of(ward.stack.endpoints.postgres_url, DATABASE), pool=1, name="somebody's report")
    async with engine.connect() as conn:
        [[pid]] = await conn.execute(text("SELECT pg_backend_pid()"))
        await conn.execute(text("UPDATE offsets_due SET held_offset = 7, held_since = now(), held_why = 'locked'"))
        await conn.commit()
        await conn.execute(text("SELECT * FROM cases FOR UPDATE"))
        found: dict[str, str] = {}
        while "session" not in found.get("says", ""):  # a transaction is suspected after two seconds
            found = {each["part"]: each for each in (await ward.runs("doctor")).content}["partitions held"]
        await conn.rollback()
    await engine.dispose()
    assert found["state"] == "warn"
    assert f"session {pid} (somebody's report" in found["says"]
    await said(ward, "UPDATE offsets_due SET held_offset = NULL, held_since = NULL, held_why = ''")
    assert await ward.settles() == {}


async def test_a_hospital_that_has_said_nothing_for_longer_than_it_may_is_named(ward: Ward) -> None:
    await said(ward, "UPDATE offsets_due SET moved_at = moved_at - '13 days'::interval")
    assert await ward.settles() == {}
    await said(ward, "UPDATE offsets_due SET moved_at = moved_at - '2 days'::interval")
    [found] = (await ward.runs("doctor", "--quiet")).content
    assert (found["part"], found["state"], found["says"]) == ("silent institutions", "warn", "gm-hospital for 15 days")
    metrics = await ward.metrics("intake")
    while 'handoff_waiting{what="silent"} 1.0' not in metrics:
        await asyncio.sleep(0.5)
        metrics = await ward.metrics("intake")
    await said(ward, "UPDATE offsets_due SET moved_at = moved_at + '15 days'::interval")
    assert await ward.settles() == {}


async def test_a_session_that_has_the_offsets_due_locked_is_named_though_no_hold_can_be_noted(ward: Ward) -> None:
    engine = connect(url_of(ward.stack.endpoints.postgres_url, DATABASE), pool=1, name="")
    async with engine.connect() as conn:
        [[pid, user]] = await conn.execute(text("SELECT pg_backend_pid(), current_user"))
        await conn.execute(text("SELECT * FROM offsets_due FOR UPDATE"))
        found: dict[str, str] = {}
        while "session" not in found.get("says", ""):
            found = {each["part"]: each for each in (await ward.runs("doctor")).content}["partitions held"]
        await conn.rollback()
    await engine.dispose()
    assert found["state"] == "warn"
    assert found["says"].startswith(f"session {pid} ({user}) ")
    assert f"pg_terminate_backend({pid})" in found["do"]
    assert await ward.settles() == {}


async def test_a_table_that_intake_may_not_write_is_named_though_postgresql_answers(ward: Ward) -> None:
    await said(ward, "ALTER TABLE timeline ADD CONSTRAINT refusing CHECK (false) NOT VALID")
    try:
        assert (await ward.complaints())["intake's writing"] == "fail"
    finally:
        await said(ward, "ALTER TABLE timeline DROP CONSTRAINT refusing")
    assert await ward.settles() == {}


async def test_each_process_tells_prometheus_what_an_alert_would_ask(ward: Ward) -> None:
    asked = {"worker": 'what="overdue"', "intake": 'what="untold"', "relay": 'what="unsent"'}
    for name, what in asked.items():
        told = await ward.metrics(name)
        for line in ("handoff_ready 1.0", "handoff_store_reached 1.0", f"handoff_waiting{{{what}}} "):
            assert line in told, name
        assert f'process="{name}"' in told


@pytest.mark.parametrize("name", PROCESSES)
async def test_a_process_that_was_stopped_is_named(ward: Ward, name: str) -> None:
    assert await ward.running[name].end(signal.SIGTERM) == 0
    assert (await ward.complaints())[name] == "fail"
    await (await ward.start(name)).ready()
    assert await ward.settles() == {}


async def test_a_worker_of_two_that_died_is_named(ward: Ward) -> None:
    first = ward.running["worker"]
    ward.set(**ward.named, workers=2)
    try:
        assert await ward.settles({"worker": "warn"}) == {"worker": "warn"}
        second = await ward.start("worker")
        await second.ready()
        assert await ward.settles() == {}
        second.process.kill()
        await second.process.wait()
        assert await ward.settles({"worker": "warn"}) == {"worker": "warn"}
    finally:
        ward.set(**ward.named)
        ward.running["worker"] = first
    assert await ward.settles() == {}


async def test_a_process_that_hangs_is_named(ward: Ward) -> None:
    ward.running["relay"].process.send_signal(signal.SIGSTOP)
    try:
        assert await ward.settles({"relay": "fail"}) == {"relay": "fail"}
    finally:
        ward.running["relay"].process.send_signal(signal.SIGCONT)
    assert await ward.settles() == {}


async def test_a_database_that_hangs_does_not_keep_provision_waiting(ward: Ward) -> None:
    pid = ward.servers["postgres"].pid
    assert pid
    os.kill(pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(20):
            ran = await ward.runs("provision")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert (ran.code, "PostgreSQL does not answer" in ran.error, "nothing was changed" in ran.error) == (4, True, True)
    assert await ward.settles() == {}


@pytest.mark.parametrize(("server", "part"), [("temporal", "Temporal"), ("kafka", "Kafka"), ("postgres", "PostgreSQL")])
async def test_a_server_that_is_down_is_named(ward: Ward, server: str, part: str) -> None:
    await ward.servers[server].stop()
    try:
        complaints = await ward.complaints()
    finally:
        await ward.servers[server].start()
    assert complaints[part] == "fail"
    assert [name for name, state in complaints.items() if state == "fail"] == [part]
    assert await ward.settles() == {}
