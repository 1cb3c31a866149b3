"""The relay: sends what waits in the outbox to `handoff.to.<receiver>`, each receiver's letters in order."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.duties import due_at
from handoff.profile.model import Profile
from handoff.store import outbox
from handoff.store.engine import Bell, error_name, say_away
from handoff.store.intake import tasks
from handoff.store.intake.tasks import Task
from handoff.store.outbox import LetterDue
from handoff.store.vault import Vault
from handoff.worklist.task_kinds import DUTY_OFFICER

_LOG = structlog.get_logger("relay")
_BATCH = 200
_IDLE = 1.0  # seconds between looks while nobody rings
_LONGEST_PAUSE = 15.0  # seconds
_READY_WITHIN = 20.0  # seconds that a producer gets to start and to find its topic
_FAREWELL = 5.0  # seconds that a producer gets to close
LARGEST_REQUEST = 2 * 1024 * 1024  # bytes; what provisioned topics take
_LARGEST = LARGEST_REQUEST - 64 * 1024  # bytes of a letter: its headers and its batch need some, too
_ONE_PARTITION = 0  # a receiver's topic has no other
TOO_LARGE, ERASED = "too-large", "person-erased"  # why a letter can never be sent


def topic(receiver: str) -> str:
    """Where an institution reads what it is told."""
    return f"handoff.to.{receiver}"


def headers(due: LetterDue, profile: str) -> list[tuple[str, bytes]]:
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
class Delivery:
    """What became of a receiver's batch.

    Attributes:
        sent: letters that the broker has, from the first one on.
        never: letters that can never be sent, with the reason's code.
        trouble: what ended it; None: nothing is left of it.
    """

    sent: list[int] = field(default_factory=list)
    never: list[tuple[LetterDue, str]] = field(default_factory=list)
    trouble: Exception | None = None


@dataclass
class Relay:
    """Works until it is stopped. Several may run at once: each receiver's topic has one batch in flight.

    While the broker is away, what is in flight waits for it: nothing is sent twice for that. Each receiver has a
    producer of its own, which is made anew after a failure: the failed batch has used up sequence numbers. A receiver
    that Kafka refuses is tried again, later and later; the others do not notice.

    Attributes:
        profile: the municipality's: its code is the `ce_source`.
        producers: makes a producer, not yet started: idempotent, `acks="all"`.
        progressed_at: monotonic moment when last something was sent, or nothing waited but for those whom Kafka refuses
            to write to; what readiness looks at.
    """

    engine: AsyncEngine
    vault: Vault
    profile: Profile
    producers: Callable[[], AIOKafkaProducer]
    bell: Bell
    progressed_at: float = field(default_factory=monotonic)
    _stopping: bool = False
    _started: dict[str, AIOKafkaProducer] = field(default_factory=dict)  # by receiver
    _sending: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _failed: dict[str, tuple[int, float]] = field(default_factory=dict)  # receiver: tries, not before
    _reached: set[str] = field(default_factory=set)  # receivers whose producer has reached Kafka
    _refused: set[str] = field(default_factory=set)  # receivers whom Kafka did not take the last letters for

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
        cancelled = list(self._sending.values())
        for task in cancelled:
            task.cancel()
        if cancelled:
            await asyncio.wait(cancelled, timeout=_FAREWELL)
        await asyncio.gather(*(self._let_go(receiver) for receiver in list(self._started)))

    async def _look(self) -> None:
        """Begin a batch for everybody who has letters waiting and none in flight."""
        try:
            async with self.engine.connect() as conn:
                waiting = await outbox.receivers(conn)
        except Exception as trouble:  # noqa: BLE001 - whatever a connection raises, the next one may do
            say_away(_LOG, "store_away", trouble)
            return
        now = monotonic()
        self.progressed_at = now if self._refused.issuperset(waiting) else self.progressed_at
        for receiver in waiting:
            if receiver not in self._sending and self._failed.get(receiver, (0, 0.0))[1] <= now:
                self._sending[receiver] = asyncio.create_task(self._send(receiver), name=f"send to {receiver}")

    async def _send(self, receiver: str) -> None:
        """Send a receiver's next batch and mark it, in one transaction: if that does not commit, it is sent again."""
        try:
            unready = await self._unready(receiver)  # first: whoever waits for Kafka here holds no connection
            async with self.engine.begin() as conn:
                done = await self._delivered(conn, receiver, unready)
            if done.trouble is not None:
                await self._rest(receiver, done.trouble, refused=receiver in self._reached)
            elif done.sent or done.never:
                self._failed.pop(receiver, None)
                self._refused.discard(receiver)
                self.progressed_at = monotonic()
                self.bell.ring()  # meanwhile there may be more
        except Exception as trouble:  # noqa: BLE001 - one receiver's trouble is not another's
            await self._rest(receiver, trouble, refused=False)
        finally:
            del self._sending[receiver]

    async def _delivered(self, conn: AsyncConnection, receiver: str, unready: Exception | None) -> Delivery:
        done = Delivery(trouble=unready)
        if not await outbox.claim(conn, receiver):
            return done
        await self._in_order(receiver, await outbox.due(conn, self.vault, receiver, _BATCH), done)
        now = datetime.now(UTC)
        await outbox.mark_sent(conn, done.sent, now)
        for due, why in done.never:
            _LOG.error("never_sent", receiver=receiver, event_id=due.event_id, case=due.lane, why=why)
            await outbox.give_up(conn, due.outbox_id, why, now)
            task = self._task(receiver, due, why, now)
            await tasks.add(conn, [replace(task, case_id=await outbox.case_of(conn, due))])
        return done

    async def _in_order(self, receiver: str, letters: Sequence[LetterDue], done: Delivery) -> None:
        """Send one batch after the other, each answered before the next goes: what is refused is not overtaken.

        Once a batch is refused as too large, the rest goes one letter at a time: that shows which of them is too large.
        After any other trouble nothing is sent; the letters next in order that can never be sent are still noted.
        """
        rest, at_once = list(letters), _BATCH
        while rest:
            if why := _never(rest[0]):
                done.never.append((rest.pop(0), why))
                continue
            if done.trouble is not None:
                return
            try:
                packed = await self._sent(receiver, rest[:at_once])
            except (MessageSizeTooLargeError, RecordListTooLargeError):
                if at_once == 1:
                    done.never.append((rest.pop(0), TOO_LARGE))
                at_once = 1
                await self._let_go(receiver)
            except Exception as trouble:  # noqa: BLE001 - whatever it is, what follows waits for it
                done.trouble = trouble
            else:
                done.sent += [due.outbox_id for due in packed]
                del rest[: len(packed)]

    async def _sent(self, receiver: str, letters: Sequence[LetterDue]) -> list[LetterDue]:
        """Send what fits into one batch; returns these letters once the broker has them."""
        producer = await self._producer(receiver)
        batch, packed = self._packed(producer, letters)
        await (await producer.send_batch(batch, topic(receiver), partition=_ONE_PARTITION))
        return packed

    def _packed(self, producer: AIOKafkaProducer, letters: Sequence[LetterDue]) -> tuple[Any, list[LetterDue]]:
        """As many letters as fit into one batch, at least the first; up to one that can never be sent."""
        batch, packed = producer.create_batch(), []
        for due in letters:
            said = headers(due, self.profile.code)
            if _never(due) or batch.append(timestamp=None, key=due.lane.encode(), value=due.data, headers=said) is None:
                break
            packed.append(due)
        batch.close()
        return batch, packed

    async def _unready(self, receiver: str) -> Exception | None:
        """Why nothing can be sent to the receiver now; None: its producer is ready."""
        try:
            await self._producer(receiver)
        except Exception as trouble:  # noqa: BLE001 - whatever it is, it is the receiver's own
            return trouble
        return None

    async def _producer(self, receiver: str) -> AIOKafkaProducer:
        """The receiver's producer, started; it has found the receiver's topic.

        Raises:
            KafkaError: there is no such topic, we may not write to it, or Kafka is away.
            TimeoutError: it took too long.
        """
        async with asyncio.timeout(_READY_WITHIN):
            if receiver not in self._started:
                self._started[receiver] = self.producers()
                await self._started[receiver].start()
                self._reached.add(receiver)
            await self._started[receiver].partitions_for(topic(receiver))
        return self._started[receiver]

    async def _let_go(self, receiver: str) -> None:
        producer = self._started.pop(receiver, None)
        self._reached.discard(receiver)
        if producer is not None:
            with suppress(Exception):  # it is given up, whatever it says
                await asyncio.wait_for(producer.stop(), _FAREWELL)

    async def _rest(self, receiver: str, trouble: Exception, *, refused: bool) -> None:
        """Try the receiver again later, over another producer; `refused`: Kafka was reached, and did not take it."""
        (self._refused.add if refused else self._refused.discard)(receiver)
        tries = self._failed.get(receiver, (0, 0.0))[0] + 1  # by hand: stamina would sleep here, holding its place
        self._failed[receiver] = (tries, monotonic() + min(_LONGEST_PAUSE, 0.25 * 2 ** min(tries, 10)))
        _LOG.warning("not_sent", receiver=receiver, tries=tries, error=error_name(trouble))
        await self._let_go(receiver)

    def _task(self, receiver: str, due: LetterDue, why: str, now: datetime) -> Task:
        about = {"event": due.event_id, "receiver": receiver, "kind": due.kind, "why": why}
        task_id = "T" + self.vault.short_id("task", tasks.LETTER_UNDELIVERABLE, due.event_id)
        until = due_at(now, self.profile)
        return Task(task_id, tasks.LETTER_UNDELIVERABLE, DUTY_OFFICER, now, until, subject=due.subject, about=about)


def _never(due: LetterDue) -> str:
    """Why a letter can never be sent, as a code; "": it can."""
    if due.data is None:
        return ERASED
    return TOO_LARGE if len(due.data) > _LARGEST else ""
