"""The relay: sends what waits in the outbox to `handoff.to.<receiver>`, each receiver's letters in order."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, UnknownTopicOrPartitionError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handoff.store import outbox
from handoff.store.engine import Bell
from handoff.store.outbox import Due
from handoff.store.vault import Vault

_LOG = structlog.get_logger("relay")
_BATCH = 200
_IDLE = 1.0  # seconds between looks while nobody rings
_LONGEST_PAUSE = 15.0  # seconds
_FAREWELL = 5.0  # seconds that a producer gets to close


def topic(receiver: str) -> str:
    """Where an institution reads what it is told."""
    return f"handoff.to.{receiver}"


def headers(due: Due, profile: str) -> list[tuple[str, bytes]]:
    """A letter's CloudEvents attributes in Kafka's binary mode; the same letter has the same, byte for byte."""
    attributes = {
        "specversion": "1.0",
        "id": due.event_id,
        "type": due.kind,
        "source": f"urn:handoff:{profile}",
        "time": due.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "subject": due.subject,
        "answers": due.answers,
    }
    named = [(f"ce_{name}", value.encode()) for name, value in attributes.items() if value]
    return [*named, ("content-type", b"application/json")]


@dataclass
class Relay:
    """Works until it is stopped. Several may run at once: each receiver's topic has one batch in flight.

    While the broker is away, what is in flight waits for it: nothing is sent twice for that. A receiver whose topic
    does not exist is tried again, later and later; nobody else waits for it.

    Attributes:
        profile: code of the municipality's profile, for `ce_source`.
        producers: makes a producer, not yet started: idempotent, `acks="all"`.
        progressed_at: monotonic moment when last something was sent, or nothing waited; what readiness looks at.
    """

    engine: AsyncEngine
    vault: Vault
    profile: str
    producers: Callable[[], AIOKafkaProducer]
    bell: Bell
    progressed_at: float = field(default_factory=monotonic)
    _stopping: bool = False
    _worn_out: bool = False
    _producer: AIOKafkaProducer | None = None
    _sending: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _failed: dict[str, tuple[int, float]] = field(default_factory=dict)  # receiver: tries, not before

    async def run(self) -> None:
        """Send what waits, then wait for more; what goes wrong is tried again. Returns once all in flight has ended."""
        try:
            while not self._stopping:
                await self._look()
                await self.bell.wait(_IDLE)
            await asyncio.gather(*self._sending.values())
        finally:
            await self.close()

    def stop(self) -> None:
        """End when what is in flight has been sent."""
        self._stopping = True
        self.bell.ring()

    async def close(self) -> None:
        """Let go of the broker."""
        producer, self._producer = self._producer, None
        for task in self._sending.values():
            task.cancel()
        if producer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                await asyncio.wait_for(producer.stop(), _FAREWELL)

    async def _look(self) -> None:
        """Begin a batch for everybody who has letters waiting and none in flight."""
        try:
            await self._producer_at_hand()
            async with self.engine.connect() as conn:
                waiting = await outbox.receivers(conn)
        except (SQLAlchemyError, OSError, KafkaError) as trouble:
            _LOG.warning("away", error=type(trouble).__name__)
            return
        now = monotonic()
        self.progressed_at = self.progressed_at if waiting else now
        for receiver in waiting:
            if receiver not in self._sending and self._failed.get(receiver, (0, 0.0))[1] <= now and not self._worn_out:
                self._sending[receiver] = asyncio.create_task(self._send(receiver))

    async def _producer_at_hand(self) -> None:
        """A producer that met an error keeps no order any more: it is replaced once nothing is in flight."""
        if self._worn_out and not self._sending:
            await self.close()
            self._worn_out = False
        if self._producer is None:
            producer = self.producers()
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer

    async def _send(self, receiver: str) -> None:
        """Send a receiver's next batch; in trouble it will be tried again."""
        sent = 0
        try:
            async with self.engine.begin() as conn:
                sent = await self._send_batch(conn, receiver)
            self._failed.pop(receiver, None)
        except Exception as trouble:  # noqa: BLE001 - one receiver's trouble is not another's
            self._rest(receiver, trouble)
        finally:
            del self._sending[receiver]
        if sent:
            self.progressed_at = monotonic()
            self.bell.ring()  # meanwhile there may be more

    def _rest(self, receiver: str, trouble: Exception) -> None:
        tries = self._failed.get(receiver, (0, 0.0))[0] + 1
        self._failed[receiver] = (tries, monotonic() + min(_LONGEST_PAUSE, 0.25 * 2 ** min(tries, 10)))
        self._worn_out |= isinstance(trouble, KafkaError) and not isinstance(trouble, UnknownTopicOrPartitionError)
        _LOG.warning("not_sent", receiver=receiver, tries=tries, error=type(trouble).__name__)

    async def _send_batch(self, conn: AsyncConnection, receiver: str) -> int:
        """Send and mark in one transaction: if it does not commit, the same ids and bytes are sent again."""
        if not await outbox.claim(conn, receiver):
            return 0
        letters = await outbox.due(conn, self.vault, receiver, _BATCH)
        handed = [future for due in letters if (future := await self._hand_over(receiver, due))]
        answers = await asyncio.gather(*handed, return_exceptions=True)
        for trouble in answers:
            if isinstance(trouble, BaseException):
                raise trouble
        await outbox.mark_sent(conn, [due.outbox_id for due in letters], datetime.now(UTC))
        return len(letters)

    async def _hand_over(self, receiver: str, due: Due) -> asyncio.Future[Any] | None:
        """Give one letter to the producer, which keeps the order. None: it can never be sent, and blocks nobody."""
        if self._producer is None:
            raise KafkaError("no producer")
        if due.data is None:
            _LOG.warning("person_erased", event_id=due.event_id, case=due.lane)
            return None
        said = headers(due, self.profile)
        try:
            sending: asyncio.Future[Any] = await self._producer.send(
                topic(receiver), due.data, key=due.lane.encode(), headers=said
            )
        except MessageSizeTooLargeError:
            _LOG.exception("too_large", event_id=due.event_id, case=due.lane)
            return None
        return sending
