"""What an institution is told, as it reads it from its own topic with its own login."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from events.kafka.login import topic_to
from workers.connections import LazyConnections


@dataclass(frozen=True)
class Heard:
    """One record of an institution's topic, whole."""

    offset: int
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes

    @property
    def attributes(self) -> dict[str, str]:
        """The CloudEvents attributes."""
        return {name.removeprefix("ce_"): raw.decode() for name, raw in self.headers if name.startswith("ce_")}

    @property
    def kind(self) -> str:
        """The event type."""
        return self.attributes["type"]

    @property
    def id(self) -> str:
        """The event's id."""
        return self.attributes["id"]

    @property
    def subject(self) -> str:
        """What an answer names."""
        return self.attributes.get("subject", "")

    @property
    def data(self) -> Mapping[str, Any]:
        """What it says."""
        said: dict[str, Any] = json.loads(self.value)
        return said

    def about(self, subject: str) -> bool:
        """Whether it is about this case, or this part of one."""
        named = (self.subject, str(self.data.get("case_id", "")), str(self.data.get("line_id", "")))
        return not subject or any(each == subject or each.startswith(f"{subject}.") for each in named)


@dataclass
class Hearing:
    """Listens from the beginning of the topic on; nothing else reads for the institution."""

    desk: LazyConnections
    institution: str
    _heard: list[Heard] = field(default_factory=list)
    _consumer: AIOKafkaConsumer | None = None
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def so_far(self) -> Sequence[Heard]:
        """Everything heard so far."""
        async with self._one_at_a_time:
            consumer = await self._listening()
            for records in (await consumer.getmany(timeout_ms=50)).values():
                self._heard += [Heard(each.offset, each.key, tuple(each.headers), each.value) for each in records]
        return self._heard

    async def stop(self) -> None:
        """Stop listening."""
        if self._consumer:
            await self._consumer.stop()

    async def _listening(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            login = self.desk.login(self.institution).aiokafka(self.desk.endpoints.kafka_bootstrap)
            consumer = AIOKafkaConsumer(**login, enable_auto_commit=False, auto_offset_reset="earliest")
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
            part = TopicPartition(topic_to(self.institution), 0)
            consumer.assign([part])
            await consumer.seek_to_beginning(part)
            self._consumer = consumer
        return self._consumer
