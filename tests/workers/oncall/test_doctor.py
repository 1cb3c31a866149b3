"""Whoever is on call asks one command, and it names what is wrong."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import text

from console.cli.order import Exit
from handoff.store.engine import connect
from tests.patience import PATIENCE
from tests.workers.oncall.ward import PROCESSES, Ward
from workers.command import run_command
from workers.connections import LazyConnections
from workers.oncall import doctor
from workers.oncall.finding import Finding

OVERDUE = """
INSERT INTO tasks (task_id, kind, owner, opened_at, due_at)
VALUES ('T1', 'held-notice', 'desk', now(), now() - '1 hour'::interval)
"""
UNSENT = """
INSERT INTO outbox (event_id, receiver, lane, kind, occurred_at, payload_sealed)
SELECT 'E-' || receiver, receiver, receiver, 'referral.offered', now() - '1 hour'::interval * number, ''
FROM unnest(ARRAY['one', 'two', 'three', 'four']) WITH ORDINALITY AS missing (receiver, number)
"""


async def test_when_all_is_well_nothing_is_printed(ward: Ward) -> None:
    assert await ward.settles() == {}


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


async def test_a_look_that_breaks_is_named_and_takes_no_other_along(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> list[Finding]:
        raise ValueError("a name that nobody should read")

    monkeypatch.setattr(doctor, "kafka", broken)
    found = (await ward.runs("doctor", "--quiet")).content
    assert [each["part"] for each in found] == ["Kafka"]
    assert "bug of the engine" in found[0]["do"]
    assert "a name" not in str(found)


async def test_in_a_folder_where_nothing_was_started_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    desk = LazyConnections(tmp_path)
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
    assert "bug of the engine" not in str(found)


async def test_an_overdue_task_is_named(ward: Ward) -> None:
    await ward.says(OVERDUE)
    assert await ward.complaints() == {"overdue tasks": "warn"}
    await ward.says("DELETE FROM tasks WHERE task_id = 'T1'")


async def test_those_whose_letters_wait_longest_are_named(ward: Ward) -> None:
    await ward.says(UNSENT)  # none of the four has a topic
    [found] = [each for each in (await ward.runs("doctor")).content if each["part"] == "events unsent"]
    assert found["state"] == "fail"
    assert "(to four, three, two and more)" in found["says"]
    await ward.says("DELETE FROM outbox WHERE event_id LIKE 'E-%'")


async def test_records_that_are_gone_are_named_with_institution_and_range(ward: Ward) -> None:
    about = '{"sender": "gm-hospital", "topic": "handoff.from.gm-hospital", "first": 10, "last": 12, "why": "deleted"}'
    opened = f"VALUES ('T2', 'records-missing', 'duty-officer', now(), now() + '1 hour'::interval, '{about}')"
    await ward.says(f"INSERT INTO tasks (task_id, kind, owner, opened_at, due_at, about) {opened}")
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
    engine = connect(ward.named["postgres_url"], pool=1, name="somebody's report")
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
    await ward.says("UPDATE offsets_due SET held_offset = NULL, held_since = NULL, held_why = ''")
    assert await ward.settles() == {}


async def test_a_hospital_that_has_said_nothing_for_longer_than_it_may_is_named(ward: Ward) -> None:
    await ward.says("UPDATE offsets_due SET moved_at = moved_at - '13 days'::interval")
    assert await ward.settles() == {}
    await ward.says("UPDATE offsets_due SET moved_at = moved_at - '2 days'::interval")
    [found] = (await ward.runs("doctor", "--quiet")).content
    assert (found["part"], found["state"], found["says"]) == ("silent institutions", "warn", "gm-hospital for 15 days")
    metrics = await ward.metrics("intake")
    while 'handoff_waiting{what="silent"} 1.0' not in metrics:
        await asyncio.sleep(0.5)
        metrics = await ward.metrics("intake")
    await ward.says("UPDATE offsets_due SET moved_at = moved_at + '15 days'::interval")
    assert await ward.settles() == {}


async def test_a_session_that_has_the_offsets_due_locked_is_named_though_no_hold_can_be_noted(ward: Ward) -> None:
    engine = connect(ward.named["postgres_url"], pool=1, name="")
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
    await ward.says("ALTER TABLE timeline ADD CONSTRAINT refusing CHECK (false) NOT VALID")
    try:
        assert (await ward.complaints())["intake's writing"] == "fail"
    finally:
        await ward.says("ALTER TABLE timeline DROP CONSTRAINT refusing")
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
        async with asyncio.timeout(PATIENCE):
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
