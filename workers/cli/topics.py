"""An institution's two topics, seen with its own credentials: it writes the one and reads the other."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from events.publishing import publication
from handoff.profile.model import Profile
from workers.cli.order import Answer, NotFoundError, TryAgainError, UsageError
from workers.cli.streams import in_json
from workers.compose import Desk
from workers.embedded.kafka_access import topic_from, topic_to

WITHIN_MS = 10_000


async def publish_files(desk: Desk, sender: str, files: list[Path]) -> Answer:
    """Send each file as one record, in order.

    Raises:
        UsageError: no such institution, or it has no topic.
        NotFoundError: it is suspended.
        TryAgainError: Kafka cannot be reached.
    """
    _known(desk.profile, sender)
    login = _login(desk, sender)
    producer = AIOKafkaProducer(**login, acks="all", request_timeout_ms=WITHIN_MS, max_request_size=2_000_000)
    sent: list[dict[str, Any]] = []
    try:
        async with _reached(producer):
            for file in files:
                record = publication(file)
                place = await producer.send_and_wait(topic_from(sender), record.value, headers=list(record.headers))
                sent.append({"file": str(file), "topic": place.topic, "offset": place.offset})
    except TryAgainError as refused:
        if sender not in desk.profile.shut_out():
            raise
        says = f"Kafka lets {sender} in no more, as it is suspended: `handoff institutions resume {sender}`."
        raise NotFoundError(says) from refused
    return Answer(sent, [f"{each['file']}: {each['topic']}, offset {each['offset']}" for each in sent])


async def listen_as(desk: Desk, institution: str, *, once: bool, as_json: bool) -> Answer:
    """Print what the institution was told, from the beginning of its topic, one event a line.

    Raises:
        UsageError: no such institution, or it has no topic.
        TryAgainError: Kafka cannot be reached.
    """
    heard = []
    async for event in heard_by(desk, institution, once=once):
        heard.append(event)
        line = in_json(event) if as_json else _line(event)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return Answer(heard, [])


async def heard_by(desk: Desk, institution: str, *, once: bool) -> AsyncIterator[dict[str, Any]]:
    """What the institution's topic holds; with `once` it ends at the topic's end.

    Raises:
        UsageError: no such institution, or it has no topic.
        TryAgainError: Kafka cannot be reached.
    """
    _known(desk.profile, institution)
    login = _login(desk, institution)
    consumer = AIOKafkaConsumer(**login, enable_auto_commit=False, auto_offset_reset="earliest")
    part = TopicPartition(topic_to(institution), 0)
    async with _reached(consumer):
        consumer.assign([part])
        await consumer.seek_to_beginning(part)
        end = (await consumer.end_offsets([part]))[part]
        while not once or await consumer.position(part) < end:
            yield _event(await consumer.getone())


def _login(desk: Desk, institution: str) -> dict[str, Any]:
    where = desk.endpoints.kafka_bootstrap  # first: without a stack there are no passwords either
    return desk.login(institution).aiokafka(where)


@asynccontextmanager
async def _reached(client: Any) -> AsyncIterator[None]:
    try:
        await client.start()
        yield
    except KafkaConnectionError as error:
        raise TryAgainError("Kafka cannot be reached: start it with `handoff up`, then try again.") from error
    except KafkaError as error:
        raise TryAgainError(
            f"Kafka refused ({type(error).__name__}): look at `handoff doctor`, then try again."
        ) from error
    finally:
        await client.stop()


def _known(profile: Profile, institution: str) -> None:
    if institution not in profile.topics():
        known = ", ".join(profile.topics())
        word = "has no topic: it is called by phone" if profile.institution(institution) else "is not known"
        raise UsageError(f"{institution!r} {word}. Institutions of {profile.code} with topics: {known}.")


def _event(record: "ConsumerRecord[bytes, bytes]") -> dict[str, Any]:
    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers if value is not None}
    told = {name.removeprefix("ce_"): value for name, value in headers.items() if name.startswith("ce_")}
    return {
        "offset": record.offset,
        "key": record.key.decode("utf-8", "replace") if record.key else None,
        **told,
        "data": _read(record.value or b""),
        "sha256": sha256(record.value or b"").hexdigest(),  # the same bytes as before, or others
    }


def _read(value: bytes) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value.decode("utf-8", "backslashreplace")


def _line(event: dict[str, Any]) -> str:
    data = event["data"] if isinstance(event["data"], dict) else {}
    said = " ".join(str(data[name]) for name in ("status", "code", "place", "reason") if data.get(name))
    told = f"{event.get('type', ''):<20}  {event.get('subject', ''):<18}  {event.get('id', '')}"
    return f"{event.get('time', '')[:19]}Z  {told}  {said}".rstrip()
