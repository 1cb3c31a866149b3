"""The doctor's look at Kafka: reached, topics as they should be, and how far intake is behind."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, KafkaError
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from events.subscriber import GROUP
from workers.embedded.kafka import version
from workers.embedded.kafka_access import topic_from
from workers.oncall import topics
from workers.oncall.broker import KafkaAwayError, KafkaRefusesError, let_in
from workers.oncall.finding import Finding, State, in_words
from workers.oncall.provision import wanted
from workers.settings import Settings

_WITHIN = 10.0  # seconds
_FETCH_MS = 2000
_AGAIN = 0.2  # seconds
_SOON, _LONG = timedelta(seconds=30), timedelta(minutes=5)


@dataclass(frozen=True)
class Lag:
    """How far intake is behind: records, and when the oldest of them was sent."""

    records: int
    since: datetime | None


async def kafka(settings: Settings) -> list[Finding]:
    """Everything that Kafka tells."""
    where = settings.bootstrap
    try:
        admin = await let_in(where, settings.kafka_login)
        found = await asyncio.to_thread(_looked, admin, settings)
        async with asyncio.timeout(_WITHIN):
            return [*found, _lag(await _behind(settings))]
    except KafkaRefusesError as refusal:
        says, _, do = str(refusal).partition(": ")
        return [Finding("Kafka", "fail", says, do[:1].upper() + do[1:])]
    except (KafkaAwayError, KafkaError, TimeoutError):
        do = "Start it (`handoff up`), or look at its log; what institutions are told waits in the outbox."
        return [Finding("Kafka", "fail", f"does not answer at {where}", do)]
    except KafkaException as trouble:
        return [Finding("Kafka", "fail", f"refuses: {trouble.args[0].str()}", "Look at its log and at our rights.")]


def _looked(admin: AdminClient, settings: Settings) -> list[Finding]:
    brokers = len(admin.list_topics(timeout=_WITHIN).brokers)
    ours = "" if settings.kafka_bootstrap else f"{version()}, "  # a broker tells clients no version
    says = f"{ours}{brokers} broker{'s' if brokers > 1 else ''} at {settings.bootstrap}"
    return [Finding("Kafka", "ok", says), *_topics(admin, settings)]


def _topics(admin: AdminClient, settings: Settings) -> list[Finding]:
    how = wanted(settings)
    short = topics.too_short(admin, how.institutions)
    says = f"{len(short)} keep records less than {topics.SHORTEST_DAYS} days ({short[0] if short else ''})"
    found = [Finding("topics", "fail", says, "Run `handoff provision`.")] if short else []
    try:
        mended = tuple(f"set topic {name}:" for name in short)
        differing = [each for each in topics.steps(admin, how) if not each.says.startswith(mended)]
    except topics.WrongTopicError as wrong:
        says, _, do = str(wrong).partition(": ")
        return [*found, Finding("topics", "fail", says, do[:1].upper() + do[1:])]
    if differing:
        says = f"{len(differing)} differ from what should be ({differing[0].says})"
        do = "Look at `handoff provision --dry-run`, then run it without."
        return [*found, Finding("topics", "warn", says, do)]
    return found or [Finding("topics", "ok", f"{2 * len(how.institutions)} as they should be")]


async def _behind(settings: Settings) -> Lag:
    """By aiokafka: asked for a group's offsets, librdkafka 2.16 crashes when the coordinator is not known yet."""
    consumer = AIOKafkaConsumer(**settings.kafka, enable_auto_commit=False)
    group = AIOKafkaAdminClient(**settings.kafka)
    try:
        await consumer.start()
        there = await consumer.topics()
        names = [topic_from(code) for code in settings.municipality().topics()]
        parts = [TopicPartition(name, 0) for name in names if name in there]
        await group.start()
        taken = await _taken(group, parts)
        ends = await consumer.end_offsets(parts)
        behind = [part for part in parts if ends[part] > taken[part]]
        first = [await _sent_at(consumer, part, taken[part]) for part in behind]
    finally:
        await group.close()
        await consumer.stop()
    records = sum(ends[part] - taken[part] for part in behind)
    return Lag(records, min((moment for moment in first if moment), default=None))


async def _taken(group: AIOKafkaAdminClient, parts: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    found = await _offsets(group, parts) if parts else {}
    return {part: max(0, found[part].offset) if part in found else 0 for part in parts}


async def _offsets(group: AIOKafkaAdminClient, parts: Sequence[TopicPartition]) -> Mapping[TopicPartition, Any]:
    """Asked for a group for the first time, a broker sets them up, and says meanwhile that it has no coordinator."""
    while True:
        try:
            return dict(await group.list_consumer_group_offsets(GROUP, partitions=list(parts)))
        except GroupCoordinatorNotAvailableError:
            await asyncio.sleep(_AGAIN)


async def _sent_at(consumer: AIOKafkaConsumer, part: TopicPartition, offset: int) -> datetime | None:
    """When the record at this place was sent; None: it is gone already, or does not come."""
    consumer.assign([part])
    consumer.seek(part, offset)
    batch = await consumer.getmany(part, timeout_ms=_FETCH_MS, max_records=1)
    sent = next((record.timestamp for records in batch.values() for record in records), 0)
    return datetime.fromtimestamp(sent / 1000, UTC) if sent else None


def _lag(lag: Lag) -> Finding:
    if not lag.records:
        return Finding("intake lag", "ok", "none")
    waited = datetime.now(UTC) - lag.since if lag.since else timedelta()
    says = f"{lag.records} records not taken, the oldest for {in_words(waited)}"
    state: State = "fail" if waited > _LONG else "warn" if waited > _SOON else "ok"
    return Finding("intake lag", state, says, "" if state == "ok" else "Look at intake and PostgreSQL above.")
