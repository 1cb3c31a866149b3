"""One receiver's refusal is its own: nobody else waits, and what can never be sent is a task."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import replace
from time import monotonic
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from events import relay as outbox_module
from events.kafka.login import Login
from events.kafka.topics import _exactly
from events.relay import LARGEST_REQUEST, TOO_LARGE, Relay
from handoff.store import outbox, tables
from handoff.store.intake.tasks import LETTER_UNDELIVERABLE
from handoff.worklist.task_kinds import DUTY_OFFICER
from tests.events.desk import Desk
from tests.events.letters import Line, header, letter, put, said, sending
from tests.proxy import FaultProxy

PROMPTLY = 8.0  # seconds, on a busy machine; others wait for 20 and more
MORE_THAN_CONNECTIONS = 25  # the test's engine has 20


@asynccontextmanager
async def user_without_rights(line: Line, topic: str) -> AsyncIterator[tuple[AdminClient, AclBinding, Login]]:
    """A relay's user that may write everywhere but to one topic."""
    admin, user = AdminClient(line.broker.engine.librdkafka(line.broker.bootstrap)), f"relay-{topic[-8:]}"
    how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096)
    asked = admin.alter_user_scram_credentials([UserScramCredentialUpsertion(user, how, b"secret")])
    forbidden = _acl(user, ResourcePatternType.LITERAL, topic, AclPermissionType.DENY)
    allowed = [_acl(user, ResourcePatternType.PREFIXED, "handoff.to.", AclPermissionType.ALLOW), forbidden]
    await asyncio.gather(*map(answered, (*asked.values(), *admin.create_acls(allowed).values())))
    yield admin, forbidden, Login(user, "secret")


def _acl(user: str, pattern: ResourcePatternType, topic: str, permission: AclPermissionType) -> AclBinding:
    return AclBinding(ResourceType.TOPIC, topic, pattern, f"User:{user}", "*", AclOperation.WRITE, permission)


async def set_topic(line: Line, receiver: str, name: str, value: int) -> None:
    entry = ConfigEntry(name, str(value), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, f"handoff.to.{receiver}", incremental_configs=[entry])
    admin = AdminClient(line.broker.engine.librdkafka(line.broker.bootstrap))
    await asyncio.gather(*map(answered, admin.incremental_alter_configs([resource]).values()))


async def answered(asked: Future[Any]) -> Any:
    return await asyncio.to_thread(asked.result)


@asynccontextmanager
async def until_told(relay: Relay) -> AsyncIterator[None]:
    """The relay runs, and is cut short: somebody is waited for who will not answer."""
    running = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_a_receiver_to_whom_we_may_not_write_delays_no_other(desk: Desk, line: Line, relay: Relay) -> None:
    a, b = line.names["a"], line.names["b"]
    async with user_without_rights(line, f"handoff.to.{a}") as (admin, forbidden, login):
        settings = login.aiokafka(line.broker.bootstrap)
        relay.producers = lambda: AIOKafkaProducer(**settings, enable_idempotence=True, acks="all")
        await put(desk, *(letter(each, number) for number in range(250) for each in (a, b)))
        async with sending(relay):
            async with asyncio.timeout(PROMPTLY):
                await line.read(b, 250)
                await put(desk, *(letter(b, number) for number in range(250, 300)))
                records = await line.read(b, 300)
            assert [said(record)["number"] for record in records] == list(range(300))
            assert not [row for row in await desk.rows(tables.outbox) if row.receiver == a and row.sent_at]
            await asyncio.gather(*map(answered, admin.delete_acls([_exactly(forbidden)]).values()))
            records = await line.read(a, 250)
    assert [said(record)["number"] for record in records] == list(range(250))
    written = [row.event_id for row in await desk.rows(tables.outbox) if row.receiver == a]
    assert [header(record, "ce_id") for record in records] == written


@pytest.mark.parametrize("reached", [True, False], ids=["refused", "away"])
async def test_where_only_letters_wait_that_kafka_refuses_the_relay_is_ready_and_where_kafka_is_away_it_is_not(
    desk: Desk, line: Line, relay: Relay, monkeypatch: pytest.MonkeyPatch, *, reached: bool
) -> None:
    host, port = line.broker.bootstrap.split(":")
    cable, tried = FaultProxy((host, int(port))), asyncio.Semaphore(0)
    await cable.mend()
    if not reached:
        cable.refuse()
    login = line.broker.engine.aiokafka(line.broker.bootstrap if reached else f"127.0.0.1:{cable.port}")

    def producer() -> AIOKafkaProducer:
        tried.release()
        return AIOKafkaProducer(**login, enable_idempotence=True, acks="all", retry_backoff_ms=100)

    relay.producers = producer
    monkeypatch.setattr(outbox_module, "_READY_WITHIN", 1.0)
    await put(desk, letter("nobody", 1))
    async with until_told(relay):
        await tried.acquire()
        await tried.acquire()  # the first try has failed
        before = monotonic()
        await tried.acquire()
        assert (relay.progressed_at >= before) == reached
    cable.close()


async def test_whoever_waits_for_kafka_in_vain_delays_no_other(desk: Desk, line: Line, relay: Relay) -> None:
    trying = asyncio.Semaphore(0)
    login = line.broker.engine.aiokafka(line.broker.bootstrap)

    def producer() -> AIOKafkaProducer:
        trying.release()
        return AIOKafkaProducer(**login, enable_idempotence=True, acks="all", request_timeout_ms=30_000)

    relay.producers = producer
    await put(desk, *(letter(f"nobody-{number}", 1) for number in range(MORE_THAN_CONNECTIONS)))
    async with until_told(relay), asyncio.timeout(PROMPTLY):
        for _ in range(MORE_THAN_CONNECTIONS):
            await trying.acquire()
        await put(desk, letter(line.names["b"], 2))
        assert [said(record)["number"] for record in await line.read(line.names["b"], 1)] == [2]


async def test_a_producer_that_gets_no_answer_delays_no_other(desk: Desk, line: Line, relay: Relay) -> None:
    host, port = line.broker.bootstrap.split(":")
    cable, trying = FaultProxy((host, int(port))), asyncio.Event()
    await cable.mend()
    cable.silent = True

    def producer() -> AIOKafkaProducer:
        where = line.broker.bootstrap if trying.is_set() else f"127.0.0.1:{cable.port}"
        trying.set()
        login = line.broker.engine.aiokafka(where)
        return AIOKafkaProducer(**login, enable_idempotence=True, acks="all", request_timeout_ms=30_000)

    relay.producers = producer
    await put(desk, letter(line.names["a"], 1))
    async with until_told(relay), asyncio.timeout(PROMPTLY):
        await trying.wait()
        await put(desk, letter(line.names["b"], 2))
        assert [said(record)["number"] for record in await line.read(line.names["b"], 1)] == [2]
    cable.close()


async def test_a_topic_deleted_under_letters_in_flight_gets_all_of_them_in_order_once_it_is_there_again(
    desk: Desk, line: Line, relay: Relay
) -> None:
    a, b = line.names["a"], line.names["b"]
    admin, deleted = AdminClient(line.broker.engine.librdkafka(line.broker.bootstrap)), asyncio.Event()

    def producer() -> AIOKafkaProducer:
        made = line.producer()
        passed_on = made.send_batch

        async def send_batch(batch: Any, topic: str, **more: Any) -> Any:
            if topic == f"handoff.to.{a}" and not deleted.is_set():
                await asyncio.gather(*map(answered, admin.delete_topics([topic]).values()))
                deleted.set()
            return await passed_on(batch, topic, **more)

        made.send_batch = send_batch
        return made

    relay.producers = producer
    ids = await put(desk, *(letter(a, number) for number in range(50)))
    async with sending(relay):
        await deleted.wait()
        async with asyncio.timeout(PROMPTLY):
            await put(desk, *(letter(b, number) for number in range(50)))
            assert [said(record)["number"] for record in await line.read(b, 50)] == list(range(50))
        await line.broker.provision(a)
        records = await line.read(a, 50)
    assert [header(record, "ce_id") for record in records] == ids
    assert [record.value for record in records] == [outbox.data({"number": number}) for number in range(50)]


async def test_a_letter_that_can_never_be_sent_is_a_task_and_those_behind_it_arrive(
    desk: Desk, line: Line, relay: Relay
) -> None:
    a = line.names["a"]
    large = replace(letter(a, 1), payload={"number": 1, "words": "x" * LARGEST_REQUEST})
    await put(desk, letter(a, 0), large, letter(a, 2))
    async with sending(relay):
        assert [said(record)["number"] for record in await line.read(a, 2)] == [0, 2]
    [row] = [row for row in await desk.rows(tables.outbox) if row.sent_at is None]
    assert (row.undeliverable_why, row.undeliverable_at is not None) == (TOO_LARGE, True)
    [task] = await desk.rows(tables.tasks)
    assert (task.kind, task.owner) == (LETTER_UNDELIVERABLE, DUTY_OFFICER)
    assert task.about == {"event": row.event_id, "receiver": a, "kind": "referral.offered", "why": TOO_LARGE}


async def test_where_a_topic_takes_less_only_the_letters_that_are_too_large_alone_are_refused(
    desk: Desk, line: Line, relay: Relay
) -> None:
    a = line.names["a"]
    await set_topic(line, a, "max.message.bytes", 3000)
    letters = [replace(letter(a, number), payload={"number": number, "words": "x" * 500}) for number in range(40)]
    for number in (20, 21, 30):
        letters[number] = replace(letters[number], payload={"number": number, "words": "x" * 5000})
    await put(desk, *letters)
    async with sending(relay):
        numbers = [said(record)["number"] for record in await line.read(a, 37)]
    assert numbers == [number for number in range(40) if number not in (20, 21, 30)]
    never = [row for row in await desk.rows(tables.outbox) if row.sent_at is None]
    assert [row.undeliverable_why for row in never] == [TOO_LARGE] * 3
    tasks = {task.about["event"] for task in await desk.rows(tables.tasks) if task.kind == LETTER_UNDELIVERABLE}
    assert tasks == {row.event_id for row in never}


async def test_a_letter_larger_than_a_topics_files_is_a_task_for_that_receiver_alone(
    desk: Desk, line: Line, relay: Relay
) -> None:
    a, b = line.names["a"], line.names["b"]
    await set_topic(line, a, "segment.bytes", 1024 * 1024)
    large = {"number": 1, "words": "x" * 1_500_000}
    await put(desk, *(replace(letter(each, 1), payload=large) for each in (a, b)), letter(a, 2))
    async with sending(relay):
        assert [said(record)["number"] for record in await line.read(a, 1)] == [2]
        assert [said(record)["number"] for record in await line.read(b, 1)] == [1]
    [task] = await desk.rows(tables.tasks)
    assert (task.about["receiver"], task.about["why"]) == (a, TOO_LARGE)
