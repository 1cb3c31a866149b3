"""An institution's two topics, used with its own credentials: it writes to one and reads the other."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from console.connections import Connections
from console.errors import NotFoundError, TryAgainError, UsageError
from events.kafka.login import topic_from, topic_to
from events.publishing import publication
from handoff.profile.model import Profile

WITHIN_MS = 10_000


@dataclass(frozen=True)
class Published:
    """A file that was sent, and its place on Kafka."""

    file: str
    topic: str
    offset: int


@dataclass(frozen=True)
class Heard:
    """One event on an institution's topic.

    Attributes:
        attributes: such as `id`, `type` and `subject`, by name without the prefix `ce_`.
        data: the JSON value, or the text if it is not JSON.
        sha256: of the record's bytes. The same event sent again has the same hash.
    """

    offset: int
    key: str | None
    attributes: Mapping[str, str]
    data: object
    sha256: str


async def publish_files(connections: Connections, sender: str, files: list[Path]) -> list[Published]:
    """Send each file as one record, in order.

    Raises:
        UsageError: no such institution, or it has no topic.
        NotFoundError: it is suspended.
        TryAgainError: Kafka cannot be reached.
    """
    _known(connections.profile, sender)
    login = _login(connections, sender)
    producer = AIOKafkaProducer(**login, acks="all", request_timeout_ms=WITHIN_MS, max_request_size=2_000_000)
    sent: list[Published] = []
    try:
        async with _reached(producer):
            for file in files:
                record = publication(file)
                place = await producer.send_and_wait(topic_from(sender), record.value, headers=list(record.headers))
                sent.append(Published(str(file), place.topic, place.offset))
    except TryAgainError as refused:
        if sender not in connections.profile.shut_out():
            raise
        says = (
            f"{sender} is suspended, so Kafka refuses it. To let it in again: `handoff institutions resume {sender}`."
        )
        raise NotFoundError(says) from refused
    return sent


async def heard_by(connections: Connections, institution: str, *, once: bool) -> AsyncIterator[Heard]:
    """The events on the institution's topic. With `once` it stops at the end of the topic.

    Raises:
        UsageError: no such institution, or it has no topic.
        TryAgainError: Kafka cannot be reached.
    """
    _known(connections.profile, institution)
    login = _login(connections, institution)
    consumer = AIOKafkaConsumer(**login, enable_auto_commit=False, auto_offset_reset="earliest")
    part = TopicPartition(topic_to(institution), 0)
    async with _reached(consumer):
        consumer.assign([part])
        await consumer.seek_to_beginning(part)
        end = (await consumer.end_offsets([part]))[part]
        while not once or await consumer.position(part) < end:
            yield _event(await consumer.getone())


def _login(connections: Connections, institution: str) -> dict[str, str]:
    where = connections.bootstrap  # first: without a stack it raises the clearer error
    return connections.login(institution).aiokafka(where)


@asynccontextmanager
async def _reached(client: AIOKafkaProducer | AIOKafkaConsumer) -> AsyncIterator[None]:
    try:
        await client.start()
        yield
    except KafkaConnectionError as error:
        raise TryAgainError("Kafka cannot be reached. Start it with `handoff up`, then try again.") from error
    except KafkaError as error:
        raise TryAgainError(
            f"Kafka refused ({type(error).__name__}): look at `handoff doctor`, then try again."
        ) from error
    finally:
        await client.stop()


def _known(profile: Profile, institution: str) -> None:
    if institution not in profile.topics():
        codes = ", ".join(profile.topics())
        word = (
            "has no topic, because people call it by phone" if profile.institution(institution) else "is not registered"
        )
        raise UsageError(f"{institution!r} {word}. Institutions of {profile.code} with topics: {codes}.")


def _event(record: "ConsumerRecord[bytes, bytes]") -> Heard:
    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers if value is not None}
    return Heard(
        offset=record.offset,
        key=record.key.decode("utf-8", "replace") if record.key else None,
        attributes={name.removeprefix("ce_"): value for name, value in headers.items() if name.startswith("ce_")},
        data=_read(record.value or b""),
        sha256=sha256(record.value or b"").hexdigest(),
    )


def _read(value: bytes) -> object:
    try:
        return json.loads(value)
    except ValueError:
        return value.decode("utf-8", "backslashreplace")
