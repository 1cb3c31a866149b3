"""Reads the institutions' topics with the engine's credentials."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from events.kafka.login import Login, topic_from, topic_to

READ_WITHIN = 30.0  # seconds


@dataclass(frozen=True)
class Sent:
    """A record on `handoff.from.X`."""

    institution: str
    message_id: str  # of a CloudEvent; "" for an HL7 message, which is known by its hash
    sha256: str


@dataclass(frozen=True)
class Answered:
    """A letter on `handoff.to.X`."""

    institution: str
    event_id: str
    kind: str
    subject: str
    data: dict[str, Any]


@dataclass
class CountedTopics:
    """All records since a moment, in the order of their topic."""

    sent: list[Sent] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)


async def topics(bootstrap: str, login: Login, institutions: Iterable[str], since: datetime | None) -> CountedTopics:
    """Read what the institutions' topics hold since a moment.

    Raises:
        TimeoutError: Kafka does not answer.
        aiokafka.errors.KafkaError: Kafka refuses.
    """
    consumer = AIOKafkaConsumer(**login.aiokafka(bootstrap), enable_auto_commit=False)
    await consumer.start()
    try:
        async with asyncio.timeout(READ_WITHIN):
            return _told(await _records(consumer, list(institutions), since))
    finally:
        await consumer.stop()


async def _records(
    consumer: AIOKafkaConsumer, institutions: list[str], since: datetime | None
) -> list["ConsumerRecord[bytes, bytes]"]:
    parts = [TopicPartition(topic(institution), 0) for institution in institutions for topic in (topic_from, topic_to)]
    consumer.assign(parts)
    ends = await consumer.end_offsets(parts)
    starts = await _starts(consumer, parts, since)
    for part in parts:
        consumer.seek(part, starts.get(part, ends[part]))
    unread = {part for part in parts if starts.get(part, ends[part]) < ends[part]}
    consumer.pause(*(part for part in parts if part not in unread))
    records: list[ConsumerRecord[bytes, bytes]] = []
    while unread:
        batches = await consumer.getmany(timeout_ms=500)
        records += [record for batch in batches.values() for record in batch]
        for part in [part for part in unread if await consumer.position(part) >= ends[part]]:
            unread.discard(part)
            consumer.pause(part)
    return records


async def _starts(
    consumer: AIOKafkaConsumer, parts: list[TopicPartition], since: datetime | None
) -> dict[TopicPartition, int]:
    if since is None:
        return dict(await consumer.beginning_offsets(parts))
    at = int(since.timestamp() * 1000)
    offsets = await consumer.offsets_for_times(dict.fromkeys(parts, at))
    return {part: offset.offset for part, offset in offsets.items() if offset is not None}


def _told(records: Iterable["ConsumerRecord[bytes, bytes]"]) -> CountedTopics:
    counted = CountedTopics()
    for record in records:
        headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
        institution = record.topic.rpartition(".")[2]
        value = record.value or b""
        if record.topic == topic_from(institution):
            counted.sent.append(Sent(institution, headers.get("ce_id", ""), sha256(value).hexdigest()))
        else:
            kind, subject = headers.get("ce_type", ""), headers.get("ce_subject", "")
            counted.answered.append(Answered(institution, headers.get("ce_id", ""), kind, subject, json.loads(value)))
    return counted
