"""What does not fit is refused in one sentence that says what to do, and leaves nothing half-done."""

import asyncio
import secrets
import socket
from pathlib import Path

import pytest
from confluent_kafka.admin import NewTopic
from sqlalchemy import text
from temporalio.client import Client

from events.kafka.broker import let_in
from events.kafka.login import Login
from handoff.store.engine import connect
from tests.conftest import SessionStack
from tests.store.databases import create, migrated, url_of
from tests.workers.oncall.ward import LOOKS, Ward
from workflows import namespace

REFUSED, USAGE, NOT_DONE = 3, 2, 4
OWN = """
extends = "gwangmyeong"

[[institutions]]
code = "{code}"
name = "시험병원"
role = "hospital"
channel = "topic"
"""


@pytest.fixture
async def ward(stack: SessionStack, tmp_path: Path, postgres_url: str) -> Ward:
    """A ward with a database of its own, migrated."""
    name = f"bad_input_{secrets.token_hex(3)}"
    await create(postgres_url, name, like=await migrated(postgres_url))
    return await Ward.of(tmp_path, stack, name)


async def do(ward: Ward, statement: str) -> None:
    engine = connect(str(ward.named["postgres_url"]), pool=1)
    async with engine.begin() as conn:
        await conn.execute(text(statement))
    await engine.dispose()


async def test_a_port_in_use_is_named_with_its_setting(ward: Ward) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, says = await ward.refused("relay", HANDOFF_HEALTH_PORT=str(taken.getsockname()[1]))
    assert code == REFUSED
    assert "HANDOFF_HEALTH_PORT" in says
    assert "set a free port" in says


async def test_a_setting_that_is_wrong_is_named_with_the_reason(ward: Ward) -> None:
    code, says = await ward.refused(
        "relay", HANDOFF_KAFKA_BOOTSTRAP="nowhere", HANDOFF_POSTGRES_URL="mysql://u:secret@h/d"
    )
    assert code == USAGE
    assert "HANDOFF_KAFKA_BOOTSTRAP" in says
    assert "HANDOFF_POSTGRES_URL: it is not postgresql://" in says
    assert "secret" not in says


async def test_a_database_of_a_newer_version_is_left_as_it_is(ward: Ward) -> None:
    await do(ward, "UPDATE alembic_version SET version_num = '9999'")
    for command in ("migrate", "provision"):
        ran = await ward.runs(command)
        assert (ran.code, "newer version" in ran.error) == (REFUSED, True), ran
    code, says = await ward.refused("intake")
    assert (code, "newer version" in says) == (REFUSED, True), says
    complaints = await ward.complaints()
    assert (complaints["database"], complaints["facts untold"], complaints["overdue tasks"]) == ("fail", "warn", "warn")


async def test_a_database_of_an_older_version_is_brought_up_by_provision(ward: Ward, postgres_url: str) -> None:
    empty = f"empty_{secrets.token_hex(3)}"
    ward.set(**{**ward.named, "postgres_url": await create(postgres_url, empty)})
    code, says = await ward.refused("relay")
    assert (code, "handoff migrate" in says) == (REFUSED, True), says
    ward.set(**{**ward.named, "postgres_url": url_of(postgres_url, f"new_{secrets.token_hex(3)}")})
    planned = await ward.runs("provision", "--dry-run")
    assert "make the database" in planned.content["changes"][0]["what"]
    assert (await ward.runs("provision")).code == 0
    assert (await ward.runs("provision")).content["changes"] == []


async def test_a_master_key_that_does_not_fit_stops_everybody_before_they_seal_with_it(ward: Ward) -> None:
    told = await ward.runs(
        "notice",
        "--name",
        "김복순",
        "--phone",
        "010-1234-5678",
        "--address",
        "경기도 광명시 철산로 12",
        "--discharged-at",
        "2026-05-04T10:00",
        "--consent",
        "--as",
        "desk",
    )
    assert told.code == 0, told.error
    (ward.folder / "master.key").write_bytes(secrets.token_bytes(32))
    for name in ("intake", "relay"):
        code, says = await ward.refused(name)
        assert (code, "master key" in says, "HANDOFF_MASTER_KEY_FILE" in says) == (REFUSED, True, True), says
    ran = await ward.runs("provision")
    assert (ran.code, "master key" in ran.error) == (REFUSED, True), ran
    found = {each["part"]: each["state"] for each in (await ward.runs("doctor")).content}
    assert (found["master key"], found["overdue tasks"]) == ("fail", "ok")
    assert found["facts untold"] in {"ok", "warn"}  # looked at all the same; it waits, since no process may start


async def test_a_namespace_without_our_search_attributes_is_named_and_mended(ward: Ward) -> None:
    name = f"bare-{secrets.token_hex(3)}"
    ward.set(**ward.named, temporal_namespace=name)
    code, says = await ward.refused("worker")
    assert (code, f"no namespace {name}" in says, "handoff provision" in says) == (REFUSED, True, True), says
    client = await Client.connect(ward.stack.endpoints.temporal_address, namespace=name)
    await namespace.make(client, 3)
    for _ in range(LOOKS):  # Temporal's front end remembers for some seconds that it had no such namespace
        code, says = await ward.refused("worker")
        if "no namespace" not in says:
            break
    assert (code, "HandoffStage" in says, "handoff provision" in says) == (REFUSED, True, True), says
    planned = await ward.runs("provision", "--dry-run")
    assert [each["what"] for each in planned.content["changes"] if each["part"] == "Temporal"] == [
        "keep finished runs 3650 days instead of 3",
        "add the search attributes HandoffStage, HandoffOverdue",
    ]
    assert (await ward.runs("provision")).code == 0
    for _ in range(LOOKS):
        if not {"namespace", "Temporal"} & (found := await ward.complaints()).keys():
            break
        await asyncio.sleep(1)
    assert not {"namespace", "Temporal"} & found.keys()


async def test_a_topic_that_forgets_too_soon_is_named_and_mended(ward: Ward) -> None:
    assert (await ward.runs("provision")).code == 0
    code = f"hospital-{secrets.token_hex(3)}"
    (ward.folder / "own.toml").write_text(OWN.format(code=code))
    ward.set(**ward.named, profile=str(ward.folder / "own.toml"))
    endpoints = ward.stack.endpoints
    admin = await let_in(endpoints.kafka_bootstrap, Login("engine", ward.stack.keys.engine_password))
    short = NewTopic(f"handoff.from.{code}", num_partitions=1, replication_factor=1, config={"retention.ms": "3600000"})
    for future in admin.create_topics([short]).values():
        future.result(20)
    found = [each for each in (await ward.runs("doctor")).content if each["part"] == "topics"]
    assert [each["state"] for each in found] == ["fail", "warn"]  # the other topic is not there at all
    assert "1 keep records for less than 14 days" in found[0]["says"]
    assert f"make topic handoff.to.{code}" in found[1]["says"]
    changed = (await ward.runs("provision")).content["changes"]
    assert any("retention.ms 3600000 -> 2592000000" in each["what"] for each in changed)
    assert "topics" not in await ward.complaints()
    assert (await ward.runs("provision")).content["changes"] == []


async def test_a_topic_with_two_partitions_is_never_touched(ward: Ward) -> None:
    code = f"hospital-{secrets.token_hex(3)}"
    (ward.folder / "own.toml").write_text(OWN.format(code=code))
    ward.set(**ward.named, profile=str(ward.folder / "own.toml"))
    endpoints = ward.stack.endpoints
    admin = await let_in(endpoints.kafka_bootstrap, Login("engine", ward.stack.keys.engine_password))
    for future in admin.create_topics(
        [NewTopic(f"handoff.from.{code}", num_partitions=2, replication_factor=1)]
    ).values():
        future.result(20)
    ran = await ward.runs("provision")
    assert (ran.code, "2 partitions" in ran.error) == (REFUSED, True), ran
    assert f"handoff.to.{code}" not in admin.list_topics(timeout=10).topics


async def test_a_broker_that_asks_for_credentials_is_told_apart_from_one_that_is_away(ward: Ward) -> None:
    for changes, says in (
        ({"kafka_password": None}, "asks for credentials"),
        ({"kafka_password": "wrong"}, "refuses the user engine"),
    ):
        ward.set(**{**ward.named, **changes})
        code, told = await ward.refused("relay")
        assert (code, says in told, "HANDOFF_KAFKA_PASSWORD" in told) == (REFUSED, True, True), told
        ran = await ward.runs("provision")
        assert (ran.code, says in ran.error) == (REFUSED, True), ran
    ward.set(**{**ward.named, "kafka_bootstrap": "127.0.0.1:1"})
    ran = await ward.runs("provision")
    assert (ran.code, "nothing was changed: start it" in ran.error) == (NOT_DONE, True), ran


async def test_a_user_that_postgresql_refuses_is_not_waited_for(ward: Ward) -> None:
    wrong = str(ward.named["postgres_url"]).replace(ward.stack.keys.postgres_password, "wrong")
    ward.set(**{**ward.named, "postgres_url": wrong})
    code, says = await ward.refused("relay")
    assert (code, "HANDOFF_POSTGRES_URL" in says) == (REFUSED, True), says
    [found] = [each for each in (await ward.runs("doctor")).content if each["part"] == "PostgreSQL"]
    assert found["says"].startswith("refuses the password (InvalidPasswordError) at ")
    assert found["do"].startswith("Set HANDOFF_POSTGRES_URL to ")
