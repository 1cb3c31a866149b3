import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
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
from sqlalchemy import text

from events.outbox import LARGEST_REQUEST, Relay
from handoff.store import outbox, tables
from handoff.store.engine import OUTBOX, connect, listening
from handoff.store.outbox import Letter
from tests.conftest import Broker
from tests.events.desk import NOW, PROFILE, Desk, notice
from tests.proxy import FaultProxy
from workers.embedded.kafka_access import Login
from workers.oncall.topics import _exactly

pytestmark = pytest.mark.timeout(60)


def letter(receiver: str, number: int, case_id: str = "C1") -> Letter:
    return Letter(
        case_id, f"step-{number}", receiver, "referral.offered", NOW, {"number": number}, subject=f"{case_id}.1"
    )


async def put(desk: Desk, *letters: Letter) -> list[str]:
    async with desk.engine.begin() as conn:
        return [await outbox.put(conn, desk.vault, each) for each in letters]


class Line:
    """The broker, with topics for receivers that no other test has."""

    def __init__(self, broker: Broker, names: dict[str, str]) -> None:
        self.broker, self.names = broker, names

    def producer(self) -> AIOKafkaProducer:
        login = self.broker.engine.aiokafka(self.broker.bootstrap)
        return AIOKafkaProducer(**login, enable_idempotence=True, acks="all", request_timeout_ms=3_000)

    async def read(self, receiver: str, count: int) -> list[ConsumerRecord]:
        login = self.broker.engine.aiokafka(self.broker.bootstrap)
        consumer = AIOKafkaConsumer(f"handoff.to.{receiver}", auto_offset_reset="earliest", **login)
        await consumer.start()
        try:
            return [await consumer.getone() for _ in range(count)]
        finally:
            await consumer.stop()


@pytest.fixture
async def line(kafka: Broker, request: pytest.FixtureRequest) -> Line:
    name = request.node.name.replace("_", "-")[5:35]
    await kafka.provision(f"{name}-a", f"{name}-b")
    return Line(kafka, {"a": f"{name}-a", "b": f"{name}-b"})


@pytest.fixture
async def relay(desk: Desk, line: Line) -> AsyncIterator[Relay]:
    async with listening(desk.url, OUTBOX) as bell:
        relay = Relay(desk.engine, desk.vault, PROFILE, line.producer, bell)
        yield relay
        await relay.close()


@asynccontextmanager
async def sending(relay: Relay) -> AsyncIterator[None]:
    """The relay runs; afterwards all that it had in flight is sent and marked."""
    running = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        relay.stop()
        await running


def said(record: ConsumerRecord) -> dict[str, Any]:
    return dict(json.loads(record.value))


def header(record: ConsumerRecord, name: str) -> str:
    return str(dict(record.headers)[name].decode())


async def test_letters_arrive_as_cloudevents_in_the_order_of_the_case(desk: Desk, line: Line, relay: Relay) -> None:
    ids = await put(desk, *(letter(line.names["a"], number) for number in range(300)))
    async with sending(relay):
        records = await line.read(line.names["a"], 300)
    assert [said(record)["number"] for record in records] == list(range(300))
    assert [header(record, "ce_id") for record in records] == ids
    assert {record.key for record in records} == {b"C1"}
    first = {name: value.decode() for name, value in records[0].headers}
    assert first == {
        "ce_specversion": "1.0",
        "ce_id": ids[0],
        "ce_type": "referral.offered",
        "ce_source": "urn:handoff:gwangmyeong",
        "ce_time": "2026-05-04T03:00:00Z",
        "ce_subject": "C1.1",
        "content-type": "application/json",
    }


async def test_a_letter_written_twice_is_sent_once(desk: Desk, line: Line, relay: Relay) -> None:
    [first] = await put(desk, letter(line.names["a"], 1))
    [again] = await put(desk, letter(line.names["a"], 1))
    assert first == again
    await put(desk, letter(line.names["a"], 2))
    async with sending(relay):
        assert [said(record)["number"] for record in await line.read(line.names["a"], 2)] == [1, 2]


async def test_a_repeat_after_a_crash_has_the_same_id_and_bytes(desk: Desk, line: Line, relay: Relay) -> None:
    await put(desk, letter(line.names["a"], 1))
    async with sending(relay):
        await line.read(line.names["a"], 1)
    async with desk.engine.begin() as conn:  # as if the relay had been killed before it could mark it
        await conn.execute(text("UPDATE outbox SET sent_at = NULL"))
    async with sending(Relay(desk.engine, desk.vault, PROFILE, line.producer, relay.bell)):
        one, other = await line.read(line.names["a"], 2)
    assert (one.key, one.value, one.headers) == (other.key, other.value, other.headers)


async def test_two_relays_keep_the_order_and_send_nothing_twice(desk: Desk, line: Line, relay: Relay) -> None:
    await put(desk, *(letter(line.names["a"], number) for number in range(500)))
    async with listening(desk.url, OUTBOX) as bell:
        other = Relay(desk.engine, desk.vault, PROFILE, line.producer, bell)
        async with sending(relay), sending(other):
            await line.read(line.names["a"], 500)
            await put(desk, letter(line.names["a"], 500))
            records = await line.read(line.names["a"], 501)
    assert [said(record)["number"] for record in records] == list(range(501))


async def test_a_receiver_without_a_topic_keeps_nobody_waiting(desk: Desk, line: Line, relay: Relay) -> None:
    await put(desk, letter("nobody-knows-it", 1), letter(line.names["b"], 2))
    async with sending(relay):
        [record] = await line.read(line.names["b"], 1)
    assert said(record)["number"] == 2
    waiting = [row.receiver for row in await desk.rows(tables.outbox) if row.sent_at is None]
    assert waiting == ["nobody-knows-it"]


async def test_an_erased_persons_letters_are_not_sent_and_block_nobody(desk: Desk, line: Line, relay: Relay) -> None:
    case_id = await desk.opened()
    [person_] = await desk.rows(tables.persons)
    receiver = line.names["a"]
    named = Letter(case_id, "offer", receiver, "referral.offered", NOW, {"name": "김복순"}, person_id=person_.person_id)
    await put(desk, named, letter(receiver, 7))
    async with desk.engine.begin() as conn:
        await conn.execute(text("UPDATE persons SET key_sealed = NULL"))
    async with sending(relay):
        assert [said(record) for record in await line.read(receiver, 1)] == [{"number": 7}]
    never = [row.undeliverable_why for row in await desk.rows(tables.outbox) if row.undeliverable_at]
    assert never == ["person-erased", "person-erased"]  # the hospital's acknowledgement, too


async def test_the_relay_is_woken_by_a_commit(desk: Desk, line: Line, relay: Relay) -> None:
    async with sending(relay):
        reading = asyncio.create_task(line.read(line.names["a"], 3))
        for number in range(3):
            await put(desk, letter(line.names["a"], number))
        assert [said(record)["number"] for record in await reading] == [0, 1, 2]


async def test_an_acknowledgement_names_no_person_in_its_key_or_headers(desk: Desk) -> None:
    await desk.take(notice())
    [row] = await desk.rows(tables.outbox)
    plain = " ".join(str(value) for value in row if not isinstance(value, bytes))
    assert "김복순" not in plain
    assert "V-1" not in plain  # a visit number is personal data


async def test_while_postgresql_is_away_the_relay_waits_and_goes_on(desk: Desk, line: Line) -> None:
    async with FaultProxy.before(desk.url) as cable:
        engine = connect(cable.url)
        async with listening(cable.url, OUTBOX) as bell:
            relay = Relay(engine, desk.vault, PROFILE, line.producer, bell)
            async with sending(relay):
                await put(desk, letter(line.names["a"], 1))
                await line.read(line.names["a"], 1)
                cable.refuse()
                await put(desk, letter(line.names["a"], 2))
                await cable.mend()
                records = await line.read(line.names["a"], 2)
                while said(records[-1])["number"] != 2:  # cut before it could mark the first, the relay repeats it
                    records = await line.read(line.names["a"], len(records) + 1)
        await engine.dispose()
    assert len({header(record, "ce_id") for record in records}) == 2


@asynccontextmanager
async def user_without_rights(line: Line, topic: str) -> AsyncIterator[tuple[AdminClient, AclBinding, Login]]:
    """A relay's user that may write everywhere but to one topic."""
    admin, user = AdminClient(line.broker.engine.librdkafka(line.broker.bootstrap)), f"relay-{topic[-8:]}"
    how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096)
    asked = admin.alter_user_scram_credentials([UserScramCredentialUpsertion(user, how, b"secret")])
    forbidden = _acl(user, ResourcePatternType.LITERAL, topic, AclPermissionType.DENY)
    allowed = [_acl(user, ResourcePatternType.PREFIXED, "handoff.to.", AclPermissionType.ALLOW), forbidden]
    for answer in (*asked.values(), *admin.create_acls(allowed).values()):
        await asyncio.to_thread(answer.result)
    yield admin, forbidden, Login(user, "secret")


def _acl(user: str, pattern: ResourcePatternType, topic: str, permission: AclPermissionType) -> AclBinding:
    return AclBinding(ResourceType.TOPIC, topic, pattern, f"User:{user}", "*", AclOperation.WRITE, permission)


async def test_a_receiver_to_whom_we_may_not_write_delays_no_other(desk: Desk, line: Line, relay: Relay) -> None:
    a, b = line.names["a"], line.names["b"]
    async with user_without_rights(line, f"handoff.to.{a}") as (admin, forbidden, login):
        settings = login.aiokafka(line.broker.bootstrap)
        relay.producers = lambda: AIOKafkaProducer(**settings, enable_idempotence=True, acks="all")
        await put(desk, *(letter(each, number) for number in range(250) for each in (a, b)))
        async with sending(relay):
            records = await line.read(b, 250)
            await put(desk, *(letter(b, number) for number in range(250, 300)))
            records = await line.read(b, 300)
            assert [said(record)["number"] for record in records] == list(range(300))
            assert {row.receiver for row in await desk.rows(tables.outbox) if row.sent_at is None} == {a}
            taken = admin.delete_acls([_exactly(forbidden)])
            await asyncio.gather(*(asyncio.to_thread(each.result) for each in taken.values()))
            records = await line.read(a, 250)
    assert [said(record)["number"] for record in records] == list(range(250))
    assert len({header(record, "ce_id") for record in records}) == 250


async def test_a_topic_that_was_deleted_gets_everything_in_order_once_it_is_there_again(
    desk: Desk, line: Line, relay: Relay
) -> None:
    a, b = line.names["a"], line.names["b"]
    await put(desk, letter(a, 0), letter(b, 0))
    async with sending(relay):
        await line.read(a, 1)
        admin = AdminClient(line.broker.engine.librdkafka(line.broker.bootstrap))
        deleted = admin.delete_topics([f"handoff.to.{a}"])
        await asyncio.gather(*(asyncio.to_thread(each.result) for each in deleted.values()))
        await put(desk, *(letter(each, number) for number in range(1, 50) for each in (a, b)))
        assert [said(record)["number"] for record in await line.read(b, 50)] == list(range(50))
        await line.broker.provision(a)
        assert [said(record)["number"] for record in await line.read(a, 49)] == list(range(1, 50))


async def test_a_letter_that_can_never_be_sent_is_a_task_and_those_behind_it_arrive(
    desk: Desk, line: Line, relay: Relay
) -> None:
    a = line.names["a"]
    large = replace(letter(a, 1), payload={"number": 1, "words": "x" * LARGEST_REQUEST})
    await put(desk, letter(a, 0), large, letter(a, 2))
    async with sending(relay):
        assert [said(record)["number"] for record in await line.read(a, 2)] == [0, 2]
    [row] = [row for row in await desk.rows(tables.outbox) if row.sent_at is None]
    assert (row.undeliverable_why, row.undeliverable_at is not None) == ("too-large", True)
    [task] = await desk.rows(tables.tasks)
    assert (task.kind, task.owner) == ("letter-undeliverable", "duty-officer")
    assert task.about == {"event": row.event_id, "receiver": a, "kind": "referral.offered", "why": "too-large"}


async def test_where_a_topic_takes_less_only_the_letters_that_are_too_large_alone_are_refused(
    desk: Desk, line: Line, relay: Relay
) -> None:
    a = line.names["a"]
    admin = AdminClient(line.broker.engine.librdkafka(line.broker.bootstrap))
    entry = ConfigEntry("max.message.bytes", "3000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, f"handoff.to.{a}", incremental_configs=[entry])
    changed = admin.incremental_alter_configs([resource])
    await asyncio.gather(*(asyncio.to_thread(each.result) for each in changed.values()))
    letters = [replace(letter(a, number), payload={"number": number, "words": "x" * 500}) for number in range(40)]
    letters[20] = replace(letters[20], payload={"number": 20, "words": "x" * 5000})
    await put(desk, *letters)
    async with sending(relay):
        numbers = [said(record)["number"] for record in await line.read(a, 39)]
    assert numbers == [number for number in range(40) if number != 20]
    [row] = [row for row in await desk.rows(tables.outbox) if row.sent_at is None]
    assert row.undeliverable_why == "too-large"
