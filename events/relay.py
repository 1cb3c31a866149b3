"""The relay: sends the letters in the outbox to `handoff.to.<receiver>`, in order for each receiver."""

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
from handoff.timezone import KST
from handoff.worklist.task_kinds import DUTY_OFFICER

_LOG = structlog.get_logger("relay")
_BATCH = 200
_IDLE = 1.0  # seconds between looks while the bell does not ring
_LONGEST_PAUSE = 15.0  # seconds until a receiver is tried again
_READY_WITHIN = 20.0  # seconds that a producer gets to start and to find its topic
_FAREWELL = 5.0  # seconds that a producer gets to close
LARGEST_REQUEST = 2 * 1024 * 1024  # bytes; the limit of provisioned topics
_LARGEST = LARGEST_REQUEST - 64 * 1024  # bytes of a letter; its headers and its batch need the rest
_ONE_PARTITION = 0  # a receiver's topic has one partition
TOO_LARGE, ERASED = "too-large", "person-erased"  # why a letter can never be sent


def topic(receiver: str) -> str:
    """The topic that a receiver reads."""
    return f"handoff.to.{receiver}"


def headers(due: LetterDue, profile: str) -> list[tuple[str, bytes]]:
    """A letter's CloudEvents attributes in Kafka's binary mode. A repeat of the letter has the same bytes."""
    attributes = {
        "specversion": "1.0",
        "id": due.event_id,
        "type": due.kind,
        "source": f"urn:handoff:{profile}",
        "time": due.occurred_at.astimezone(KST).isoformat(),
        "subject": due.subject,
        "answers": due.answers,
    }
    named = [(f"ce_{name}", value.encode()) for name, value in attributes.items() if value]
    return [*named, ("content-type", b"application/json")]


@dataclass
class Delivery:
    """The result of sending a receiver's batch.

    Attributes:
        sent: ids of the letters that the broker has acknowledged, from the first on.
        never: letters that can never be sent, with a code for the reason.
        trouble: the error after which sending stopped; None: the whole batch is done.
    """

    sent: list[int] = field(default_factory=list)
    never: list[tuple[LetterDue, str]] = field(default_factory=list)
    trouble: Exception | None = None


@dataclass
class Relay:
    """Works until it is stopped. Several may run at once: each receiver's topic has one batch in flight.

    While the broker is away, batches in flight wait for it, so that nothing is sent twice. Each receiver has a producer
    of its own. After a failure it is replaced, because the failed batch has used up sequence numbers. A receiver that
    Kafka refuses is tried again after growing pauses; the others are not delayed.

    Attributes:
        profile: the municipality's profile. `ce_source` names its code.
        producers: makes a producer (idempotent, `acks="all"`) that is not started yet.
        progressed_at: monotonic moment when a letter was last sent, or when letters last waited only for receivers that
            Kafka refuses. Readiness looks at it.
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
    _failed: dict[str, tuple[int, float]] = field(
        default_factory=dict
    )  # by receiver: tries, and the monotonic moment of the next
    _reached: set[str] = field(default_factory=set)  # receivers whose producer has reached Kafka
    _refused: set[str] = field(default_factory=set)  # receivers whose last letters Kafka refused

    async def run(self) -> None:
        """Send what waits, then wait for more. Failures are tried again. Once stopped, waits for batches in flight."""
        try:
            while not self._stopping:
                await self._look()
                await self.bell.wait(_IDLE)
            await asyncio.gather(*self._sending.values())
        finally:
            await self.close()

    def stop(self) -> None:
        """Stop after the batches in flight."""
        self._stopping = True
        self.bell.ring()

    async def close(self) -> None:
        """Cancel batches in flight and close all connections to Kafka."""
        cancelled = list(self._sending.values())
        for task in cancelled:
            task.cancel()
        if cancelled:
            await asyncio.wait(cancelled, timeout=_FAREWELL)
        await asyncio.gather(*(self._let_go(receiver) for receiver in list(self._started)))

    async def _look(self) -> None:
        """Begin a batch for each receiver that has letters waiting and none in flight."""
        try:
            async with self.engine.connect() as conn:
                waiting = await outbox.receivers(conn)
        except Exception as trouble:  # noqa: BLE001 - after any error, a new connection may work
            say_away(_LOG, "store_away", trouble)
            return
        now = monotonic()
        self.progressed_at = now if self._refused.issuperset(waiting) else self.progressed_at
        for receiver in waiting:
            if receiver not in self._sending and self._failed.get(receiver, (0, 0.0))[1] <= now:
                self._sending[receiver] = asyncio.create_task(self._send(receiver), name=f"send to {receiver}")

    async def _send(self, receiver: str) -> None:
        """Send a receiver's next batch and mark it as sent, in one transaction. Without a commit it is sent again."""
        try:
            unready = await self._unready(receiver)  # first: do not hold a database connection while waiting for Kafka
            async with self.engine.begin() as conn:
                done = await self._delivered(conn, receiver, unready)
            if done.trouble is not None:
                await self._rest(receiver, done.trouble, refused=receiver in self._reached)
            elif done.sent or done.never:
                self._failed.pop(receiver, None)
                self._refused.discard(receiver)
                self.progressed_at = monotonic()
                self.bell.ring()  # meanwhile there may be more
        except Exception as trouble:  # noqa: BLE001 - one failing receiver must not stop the others
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
        """Send one batch after the other. The next waits for the answer, so that no letter overtakes a refused one.

        After a batch was refused as too large, the rest is sent one by one, to find the letter that is too large. After
        any other error nothing more is sent. Letters next in order that can never be sent are still added to `never`.
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
            except Exception as trouble:  # noqa: BLE001 - after any error the later letters wait
                done.trouble = trouble
            else:
                done.sent += [due.outbox_id for due in packed]
                del rest[: len(packed)]

    async def _sent(self, receiver: str, letters: Sequence[LetterDue]) -> list[LetterDue]:
        """Send as many letters as fit into one batch. Returns them once the broker has acknowledged them."""
        producer = await self._producer(receiver)
        batch, packed = self._packed(producer, letters)
        await (await producer.send_batch(batch, topic(receiver), partition=_ONE_PARTITION))
        return packed

    def _packed(self, producer: AIOKafkaProducer, letters: Sequence[LetterDue]) -> tuple[Any, list[LetterDue]]:
        """As many letters as fit into one batch, at least the first. Stops before one that can never be sent."""
        batch, packed = producer.create_batch(), []
        for due in letters:
            attributes = headers(due, self.profile.code)
            if (
                _never(due)
                or batch.append(timestamp=None, key=due.lane.encode(), value=due.data, headers=attributes) is None
            ):
                break
            packed.append(due)
        batch.close()
        return batch, packed

    async def _unready(self, receiver: str) -> Exception | None:
        """Why nothing can be sent to the receiver now; None: its producer is ready."""
        try:
            await self._producer(receiver)
        except Exception as trouble:  # noqa: BLE001 - any error concerns this receiver alone
            return trouble
        return None

    async def _producer(self, receiver: str) -> AIOKafkaProducer:
        """The receiver's producer, which is started and has found the receiver's topic.

        Raises:
            KafkaError: there is no such topic, we may not write to it, or Kafka does not answer.
            TimeoutError: it took longer than `_READY_WITHIN`.
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
            with suppress(Exception):  # it is dropped in any event
                await asyncio.wait_for(producer.stop(), _FAREWELL)

    async def _rest(self, receiver: str, trouble: Exception, *, refused: bool) -> None:
        """Try the receiver again later, with a new producer. `refused`: Kafka was reached, and refused the letters."""
        (self._refused.add if refused else self._refused.discard)(receiver)
        tries = self._failed.get(receiver, (0, 0.0))[0] + 1  # not stamina: it would sleep here, and keep the task
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
