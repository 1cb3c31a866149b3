"""Doctor's checks of intake: how far topics were read, what is held, missing or silent, and whether it can write."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from confluent_kafka import KafkaException
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.consumer.taker import LOCKED
from events.intake.inbox import Inbox
from events.intake.ledger import Ledger
from events.kafka.broker import TopicIds
from events.kafka.login import topic_from
from events.kafka_format.batch import fetched
from events.readers import INCOMING
from handoff.profile.model import Profile
from handoff.store.engine import SessionSettings, connect, error_name
from handoff.store.intake import offsets
from handoff.store.intake.offsets import LOG_CUT, OffsetDue
from handoff.store.queries import monitoring
from handoff.store.queries.monitoring import Session
from workers.heartbeat import heard
from workers.oncall.finding import Finding, State, age, in_words
from workers.preflight import tables_fit
from workers.process import UnfitError
from workers.settings import Settings

LAG, HELD, MISSING, WRITES = "intake lag", "partitions held", "records missing", "intake's writing"
SILENT = "silent institutions"
_WITHIN = 20.0  # seconds
_NAMED = 3  # institutions
_LOCK_WITHIN = 2.0  # seconds
_SOON, _LONG = timedelta(seconds=30), timedelta(minutes=5)
_AWAY = (SQLAlchemyError, OSError, TimeoutError, UnfitError)


@dataclass(frozen=True)
class Lag:
    """How far intake is behind: number of records, and when the oldest was sent."""

    records: int
    since: datetime | None


async def partitions(settings: Settings) -> list[Finding]:
    """Findings about intake, from PostgreSQL and Kafka."""
    engine = connect(
        settings.postgres, pool=1, name="handoff doctor", session=SessionSettings(lock_within=_LOCK_WITHIN)
    )
    try:
        async with asyncio.timeout(_WITHIN):
            async with engine.connect() as conn:
                await tables_fit(conn)
                read = await offsets.listed(conn)
                findings = [await _held(conn, read), await _missing(conn), await _silent(conn, settings.municipality())]
            return [await _lag(settings, read), *findings, await _writes(settings, engine)]
    except _AWAY:
        why = "cannot be checked", "See PostgreSQL and database first."
        return [Finding(part, "warn", *why) for part in (LAG, HELD, MISSING, SILENT, WRITES)]
    finally:
        await engine.dispose()


async def _held(conn: AsyncConnection, read: Sequence[OffsetDue]) -> Finding:
    held = sorted((due.held_since, due.topic, due) for due in read if due.held_since is not None)
    if not held:  # or it cannot be noted, because another session has these rows locked
        blockers = await monitoring.blocking(conn, "offsets_due")
        others = [session for session in blockers if not session.name.startswith("handoff")]
        return Finding(HELD, "warn", _session(others[0]), _end(others[0])) if others else Finding(HELD, "ok", "none")
    since, topic, first = held[0]
    waits = age(since, datetime.now(UTC))
    where = f"{topic.removeprefix(INCOMING)} at record {first.held_offset}"
    says = f"{where} for {in_words(waits)}: {first.held_why}" + (f" (and {len(held) - 1} more)" if held[1:] else "")
    blocking = await monitoring.blocking(conn) if any(due.held_why == LOCKED for _, _, due in held) else []
    do = "Look at intake's log; later records wait, nothing is lost."
    if blocking:
        says, do = f"{says}; {_session(blocking[0])}", _end(blocking[0])
    return Finding(HELD, "fail" if waits > _SOON else "warn", says, do)


def _session(who: Session) -> str:
    named = ", ".join(filter(None, (who.name, who.user)))
    return f"session {who.pid} ({named}) has had a transaction open for {in_words(who.open_for)}"


def _end(who: Session) -> str:
    return f"End that transaction, or the session: SELECT pg_terminate_backend({who.pid})."


async def _missing(conn: AsyncConnection) -> Finding:
    gaps = await monitoring.missing_records(conn)
    if not gaps:
        return Finding(MISSING, "ok", "none")
    first = gaps[0]
    became = "were read, but Kafka has lost them since" if first.why == LOG_CUT else "were never read"
    says = f"records {first.first} to {first.last} of {first.sender} {became} ({first.why})"
    says += f", and {len(gaps) - 1} more gaps" if len(gaps) > 1 else ""
    do = f"Ask {first.sender} to send them again, then `handoff settle {first.task} --done --as duty-officer`."
    return Finding(MISSING, "fail", says, do)


async def _silent(conn: AsyncConnection, profile: Profile) -> Finding:
    """Institutions that sent nothing for longer than allowed: their feed may have stopped unnoticed."""
    silent = profile.silent(await heard(conn), datetime.now(UTC))
    if not silent:
        return Finding(SILENT, "ok", "none")
    named = ", ".join(f"{code} for {in_words(span)}" for code, span in [*silent.items()][:_NAMED])
    says = named + (f", and {len(silent) - _NAMED} more" if len(silent) > _NAMED else "")
    do = "Ask whether its feed runs; `handoff institutions change CODE --silent-days N` if it is a quiet one."
    return Finding(SILENT, "warn", says, do)


async def _writes(settings: Settings, engine: AsyncEngine) -> Finding:
    """Whether intake can write: its statements are run and rolled back, as the same user."""
    try:
        await Ledger(Inbox(engine, settings.vault(), settings.municipality())).probe(datetime.now(UTC))
    except Exception as refusal:  # noqa: BLE001 - any error means that notices cannot be taken
        do = "Look at PostgreSQL's log: rights, tables, disk. Notices wait on Kafka meanwhile; nothing is lost."
        return Finding(WRITES, "fail", f"fails ({error_name(refusal)})", do)
    return Finding(WRITES, "ok", "works")


async def _lag(settings: Settings, read: Sequence[OffsetDue]) -> Finding:
    try:
        lag = await _behind(settings, read)
    except (KafkaError, KafkaException, OSError, TimeoutError):
        return Finding(LAG, "warn", "cannot be checked", "See Kafka first.")
    if not lag.records:
        return Finding(LAG, "ok", "none")
    waited = datetime.now(UTC) - lag.since if lag.since else timedelta()
    says = f"{lag.records} records not taken, the oldest for {in_words(waited)}"
    state: State = "fail" if waited > _LONG else "warn" if waited > _SOON else "ok"
    return Finding(LAG, state, says, "" if state == "ok" else "Look at intake and PostgreSQL above.")


async def _behind(settings: Settings, read: Sequence[OffsetDue]) -> Lag:
    """Intake's lag, without decoding records: unreadable batches count like others."""
    consumer = AIOKafkaConsumer(**settings.kafka, enable_auto_commit=False, isolation_level="read_committed")
    try:
        await consumer.start()
        there = await consumer.topics()
        names = [topic_from(code) for code in settings.municipality().topics() if topic_from(code) in there]
        due = _due(read, await TopicIds(settings.bootstrap, settings.kafka_login)(names))
        ends = await consumer.end_offsets([TopicPartition(name, 0) for name in names])
        behind = {part: due.get(part.topic, 0) for part, end in ends.items() if end > due.get(part.topic, 0)}
        first = [await _sent_at(consumer, part, offset) for part, offset in behind.items()]
    finally:
        await consumer.stop()
    records = sum(ends[part] - offset for part, offset in behind.items())
    return Lag(records, min((moment for moment in first if moment), default=None))


def _due(read: Sequence[OffsetDue], ids: Mapping[str, str]) -> dict[str, int]:
    return {due.topic: due.next for due in read if ids.get(due.topic) == due.topic_id}


async def _sent_at(consumer: AIOKafkaConsumer, part: TopicPartition, offset: int) -> datetime | None:
    """When the record at this offset was sent; None: it is gone, or has no timestamp."""
    try:
        batch = await fetched(consumer, part, offset)
    except OffsetOutOfRangeError:
        return None
    return datetime.fromtimestamp(batch.sent_at_ms / 1000, UTC) if batch and batch.sent_at_ms else None
