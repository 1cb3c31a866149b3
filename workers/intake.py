"""The intake process: `python -m workers.intake`. It reads records, opens cases, and delivers facts to workflows."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog
from faststream.kafka import KafkaBroker
from faststream.security import SASLScram256
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.client import Client

from events.comparing import Comparing
from events.consumer.subscriber import Subscriber, subscribe
from events.dispatcher import Dispatcher
from events.intake.inbox import Inbox
from events.kafka.broker import TopicIds
from events.weeks import WeeksToConfirm
from handoff.profile.model import Profile
from handoff.repeat import every, until
from handoff.store.engine import FACTS, SessionSettings, connect, listening, say_away
from workers import metrics
from workers.connections import wall_clock
from workers.heartbeat import Look, for_intake, present
from workers.preflight import broker_fits, store_fits
from workers.process import DRAIN_WITHIN, drain, run, serve_health, until_told_to_stop
from workers.settings import Settings
from workflows.client import Handoffs
from workflows.losses import LossWatch
from workflows.runs import Runs

_LOG = structlog.get_logger("intake")
_SILENCE = 30.0  # seconds without an answer of Temporal, while facts wait, before intake is unready
_LOCK_WITHIN = 2.0  # seconds to wait for the lock of a case; other records wait meanwhile
_LOOK_EVERY = 1.0  # seconds between checks of the consumer
_SWEEPS_A_DAY = 1440  # clean-ups a day; in a demonstration a day is short


async def intake() -> None:
    """Read records and deliver facts until SIGTERM or SIGINT."""
    settings = Settings.read()
    session = SessionSettings(lock_within=_LOCK_WITHIN, transaction_within=60)
    engine = connect(settings.postgres, name="handoff-inbox", session=session)
    vault, profile = settings.vault(), settings.municipality_now()
    inbox = Inbox(engine, vault, profile, settings.build_id)
    subscriber = Subscriber(inbox, TopicIds(settings.bootstrap, settings.kafka_login), lambda: datetime.now(UTC))
    temporal = await Client.connect(settings.temporal, namespace=settings.temporal_namespace, lazy=True)
    async with listening(settings.postgres, FACTS) as bell:
        dispatcher = Dispatcher(engine, vault, profile, Handoffs(temporal, profile().name).tell, bell)
        dispatcher.examine = LossWatch(engine, vault, Runs(temporal), wall_clock).examine
        comparing = Comparing(
            engine, vault, profile, temporal, subscriber.place_again, subscriber.caught_up, dispatcher.may_deliver
        )

        async with serve_health(
            settings, lambda: subscriber.ready() and monotonic() - dispatcher.progressed_at < _SILENCE
        ):
            await store_fits(settings)
            await broker_fits(settings)
            sweep = max(1.0, profile().seconds_per_day / _SWEEPS_A_DAY)
            stop = asyncio.Event()
            working = await until_told_to_stop(
                receiving=receiving(settings, subscriber, comparing.looked, stop),
                telling=dispatcher.run(),
                forgetting=forgetting(inbox, sweep, timedelta(days=settings.parked_days), stop),
                asking=WeeksToConfirm(engine, vault, profile).run(sweep, stop),
                comparing=comparing.run(),
                presence=present(settings.postgres, "intake", settings.build_id, looking(subscriber, profile)),
            )
            stop.set()
            dispatcher.stop()
            await drain(working["receiving"], working["telling"], working["forgetting"], working["asking"])
    await engine.dispose()


async def receiving(settings: Settings, subscriber: Subscriber, looked: asyncio.Event, stop: asyncio.Event) -> None:
    """Read Kafka until `stop` is set, and finish the current batch; after an error reconnect.

    It first waits for the comparison after a restore: else an answer might come before what it answers.
    """

    async def either() -> bool:
        return looked.is_set() or stop.is_set()

    await until(either, _LOOK_EVERY / 10)
    while not stop.is_set():  # not stamina: `stop` has to end it at once, even while it reads
        broker = a_broker(settings)
        start = subscribe(broker, subscriber)
        try:
            await start()
            while not stop.is_set() and not _broken(subscriber):
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _LOOK_EVERY)
        except Exception as trouble:  # noqa: BLE001 - the next connection may work
            _LOG.warning("kafka_away", error=type(trouble).__name__)
            await asyncio.sleep(_LOOK_EVERY)
        finally:
            with suppress(Exception):  # it may be broken
                await broker.stop()


def _broken(subscriber: Subscriber) -> bool:
    feed = subscriber.taker.feed()
    return feed is not None and feed.broken()


async def forgetting(inbox: Inbox, seconds: float, parked_for: timedelta, stop: asyncio.Event) -> None:
    """Every so many seconds: retry records that another build failed to take, delete expired early facts and records.

    It uses PostgreSQL's clock, since deletion cannot be undone and this machine's clock may be wrong.
    """

    async def end_parked(now: datetime) -> None:
        if ended := await inbox.end_parked(now - parked_for, now):
            _LOG.info("parked_ended", records=ended)

    async def chores() -> None:
        for chore in (inbox.forget_early, end_parked, inbox.try_again):
            try:
                await chore(await inbox.store_clock())
            except Exception as trouble:  # noqa: BLE001 - the next connection may work
                say_away(_LOG, "store_away", trouble)

    await every(seconds, chores, stop=stop)


def looking(subscriber: Subscriber, profile: Callable[[], Profile]) -> Look:
    """A function that updates intake's metrics: of the store and of its own reading."""

    async def look(conn: AsyncConnection) -> None:
        metrics.WAITING.labels("records").set(subscriber.lag())
        metrics.WAITING_SINCE.labels("records").set(subscriber.held_for())
        await for_intake(conn, profile())

    return look


def a_broker(settings: Settings) -> KafkaBroker:
    """A broker to read from Kafka."""
    login = settings.kafka
    security = None
    if "sasl_plain_username" in login:
        security = SASLScram256(login["sasl_plain_username"], login["sasl_plain_password"], use_ssl=False)
    return KafkaBroker(
        login["bootstrap_servers"],
        security=security,
        client_id="handoff-intake",
        allow_auto_create_topics=False,
        metadata_max_age_ms=5_000,  # how soon a new institution's topic is seen
        graceful_timeout=DRAIN_WITHIN,
        apply_types=False,
        logger=None,
    )


if __name__ == "__main__":
    run("intake", intake)
