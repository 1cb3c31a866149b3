"""The broker keeps institutions apart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer  # type: ignore[import-untyped]
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError  # type: ignore[import-untyped]
from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from events.kafka import topics
from events.kafka.broker import KafkaRefusesError
from events.kafka.login import Login, topic_from, topic_to
from events.kafka.topics import WantedTopics
from tests.conftest import Broker


@pytest.fixture(scope="module")
async def logins(kafka: Broker) -> dict[str, Login]:
    return await kafka.provision("hospital-a", "hospital-b")


@asynccontextmanager
async def _producer(kafka: Broker, login: Login) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(**login.aiokafka(kafka.bootstrap), enable_idempotence=True, max_request_size=2_000_000)
    try:
        await producer.start()
        yield producer
    finally:
        await producer.stop()


async def _read_one(kafka: Broker, login: Login, topic: str, group: str) -> bytes | None:
    consumer = AIOKafkaConsumer(topic, group_id=group, auto_offset_reset="earliest", **login.aiokafka(kafka.bootstrap))
    try:
        await consumer.start()
        record = await consumer.getone()
        await consumer.commit()
        return bytes(record.value) if record.value is not None else None
    finally:
        await consumer.stop()


async def test_a_hospital_writes_its_own_topic_and_the_engine_reads_it(kafka: Broker, logins: dict[str, Login]) -> None:
    async with _producer(kafka, logins["hospital-a"]) as producer:
        await producer.send_and_wait(topic_from("hospital-a"), b"a notice")
    assert await _read_one(kafka, kafka.engine, topic_from("hospital-a"), "engine") == b"a notice"


async def test_a_hospital_reads_its_own_answers(kafka: Broker, logins: dict[str, Login]) -> None:
    async with _producer(kafka, kafka.engine) as producer:
        await producer.send_and_wait(topic_to("hospital-a"), b"an answer")
    read = await _read_one(kafka, logins["hospital-a"], topic_to("hospital-a"), "hospital-a.ward")
    assert read == b"an answer"


@pytest.mark.parametrize("topic", [topic_from("hospital-b"), topic_to("hospital-b"), topic_to("hospital-a")])
async def test_a_hospital_cannot_write_another_topic(kafka: Broker, logins: dict[str, Login], topic: str) -> None:
    async with _producer(kafka, logins["hospital-a"]) as producer:
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(topic, b"a forged notice")


@pytest.mark.parametrize("topic", [topic_to("hospital-b"), topic_from("hospital-b"), topic_from("hospital-a")])
async def test_a_hospital_cannot_read_another_topic(kafka: Broker, logins: dict[str, Login], topic: str) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        await _read_one(kafka, logins["hospital-a"], topic, "hospital-a.spy")


async def test_a_hospital_cannot_move_the_engines_place(kafka: Broker, logins: dict[str, Login]) -> None:
    with pytest.raises(GroupAuthorizationFailedError):
        await _read_one(kafka, logins["hospital-a"], topic_to("hospital-a"), "engine")


async def test_a_hospital_cannot_give_itself_rights(kafka: Broker, logins: dict[str, Login]) -> None:
    ours = AdminClient(logins["hospital-a"].librdkafka(kafka.bootstrap))
    right = AclBinding(
        ResourceType.TOPIC,
        topic_to("hospital-b"),
        ResourcePatternType.LITERAL,
        "User:hospital-a",
        "*",
        AclOperation.READ,
        AclPermissionType.ALLOW,
    )
    [answer] = ours.create_acls([right]).values()
    with pytest.raises(KafkaException, match="AUTHORIZATION_FAILED"):
        await asyncio.wrap_future(answer)


async def test_a_user_without_the_right_to_provision_is_told_so(kafka: Broker, logins: dict[str, Login]) -> None:
    with pytest.raises(KafkaRefusesError, match="super user"):
        await topics.provision(
            kafka.bootstrap, logins["hospital-a"], WantedTopics(["hospital-b"], {"hospital-b": "mine"})
        )


async def test_a_wrong_password_is_refused(kafka: Broker, logins: dict[str, Login]) -> None:
    assert logins
    with pytest.raises(KafkaError):
        async with _producer(kafka, Login("hospital-a", "guessed")):
            pass


async def test_nobody_comes_in_without_a_password(kafka: Broker) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, request_timeout_ms=2000)
    try:
        with pytest.raises(KafkaError):
            await producer.start()
    finally:
        await producer.stop()


async def test_a_record_of_900_kb_passes(kafka: Broker, logins: dict[str, Login]) -> None:
    async with _producer(kafka, logins["hospital-b"]) as producer:
        await producer.send_and_wait(topic_from("hospital-b"), b"x" * 900_000)
    read = await _read_one(kafka, kafka.engine, topic_from("hospital-b"), "engine-large")
    assert read is not None
    assert len(read) == 900_000


async def test_provisioning_again_changes_nothing_and_mends_what_was_changed(kafka: Broker) -> None:
    wanted = WantedTopics(["clinic"], {"clinic": kafka.keys.institution_password("clinic")}, retention_days=30)
    first = await topics.provision(kafka.bootstrap, kafka.engine, wanted)
    assert len(first) == 6  # two topics, a user, three rights
    assert await topics.provision(kafka.bootstrap, kafka.engine, wanted) == []
    longer = replace(wanted, retention_days=60)
    assert len(await topics.provision(kafka.bootstrap, kafka.engine, longer)) == 2
    assert await topics.provision(kafka.bootstrap, kafka.engine, longer) == []


async def test_a_code_that_could_reach_anothers_groups_is_refused(kafka: Broker) -> None:
    with pytest.raises(ValueError, match=r"clinic\.east"):
        await topics.provision(kafka.bootstrap, kafka.engine, WantedTopics(["clinic.east"], None))
