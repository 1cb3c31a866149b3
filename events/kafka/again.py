"""Makes intake read topics again from a moment on. Records that it took before change nothing."""

# confluent-kafka is typed, but does not declare what it exports.
# mypy: disable-error-code="attr-defined"

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec
from sqlalchemy.ext.asyncio import AsyncEngine

from events.kafka.broker import TopicIds, let_in
from events.kafka.login import Login, topic_from
from handoff.store.intake import offsets, restores

_WITHIN = 10.0  # seconds


@dataclass(frozen=True)
class Again:
    """A topic that is read again. `records`: by how many offsets it goes back."""

    topic: str
    records: int


async def read_again(
    engine: AsyncEngine, kafka: tuple[str, Login | None], since: datetime, institutions: Sequence[str]
) -> list[Again]:
    """Move topics back to the first record since a moment. A running intake follows within seconds.

    Args:
        engine: connections to the store.
        kafka: the bootstrap servers, and our user there.
        since: the moment, aware.
        institutions: codes of the institutions whose topics are read again.

    Returns:
        The topics that go back by at least one offset.

    Raises:
        KafkaAwayError, KafkaRefusesError, KafkaException: Kafka does not answer. Nothing was changed.
        SQLAlchemyError, OSError: PostgreSQL does not answer. Nothing was changed.
    """
    topics = [topic_from(institution) for institution in institutions]
    admin = await let_in(*kafka)
    first = await asyncio.to_thread(_first_since, admin, topics, since)
    ids = await TopicIds(*kafka)(topics)
    async with engine.begin() as conn:
        moved = [
            Again(topic, await offsets.read_again(conn, (ids[topic], 0), first[topic]))
            for topic in topics
            if topic in ids and topic in first
        ]
        await restores.compare_again(conn)
    return [again for again in moved if again.records]


def _first_since(admin: AdminClient, topics: Sequence[str], since: datetime) -> dict[str, int]:
    """By topic the offset of the first record since then. Topics without one are left out."""
    there = admin.list_topics(timeout=_WITHIN).topics
    asked = {
        TopicPartition(topic, 0): OffsetSpec.for_timestamp(int(since.timestamp() * 1000))
        for topic in topics
        if topic in there
    }
    answers = admin.list_offsets(asked, request_timeout=_WITHIN) if asked else {}
    offset_by_topic = {partition.topic: answer.result(2 * _WITHIN).offset for partition, answer in answers.items()}
    return {topic: offset for topic, offset in offset_by_topic.items() if offset >= 0}
