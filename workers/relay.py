"""The relay process: `python -m workers.relay`."""

from time import monotonic

from aiokafka import AIOKafkaProducer

from events.relay import LARGEST_REQUEST, Relay
from handoff.store.engine import OUTBOX, connect, listening
from workers.heartbeat import for_relay, present
from workers.preflight import broker_fits, store_fits
from workers.process import drain, run, serve_health, until_told_to_stop
from workers.settings import Settings

_POOL = 25  # at most 50 connections: one for each receiver with a batch in flight
_SILENCE = 30.0  # seconds with letters waiting but none sent, before the relay is unready


async def relay() -> None:
    """Send letters until SIGTERM or SIGINT."""
    settings = Settings.read()
    engine = connect(settings.postgres, pool=_POOL, name="handoff-outbox")
    async with listening(settings.postgres, OUTBOX) as bell:
        sender = Relay(engine, settings.vault(), settings.municipality(), lambda: producer(settings), bell)
        async with serve_health(settings, lambda: monotonic() - sender.progressed_at < _SILENCE):
            await store_fits(settings)
            await broker_fits(settings)
            working = await until_told_to_stop(
                sending=sender.run(), presence=present(settings.postgres, "relay", settings.build_id, for_relay)
            )
            sender.stop()
            await drain(working["sending"])
    await engine.dispose()


def producer(settings: Settings) -> AIOKafkaProducer:
    """An idempotent producer: nothing is lost, repeated or reordered."""
    return AIOKafkaProducer(
        **settings.kafka,
        client_id="handoff-relay",
        enable_idempotence=True,
        acks="all",
        request_timeout_ms=15_000,
        retry_backoff_ms=500,  # while Kafka is away, each receiver's producer tries to reach it
        max_batch_size=256 * 1024,
        max_request_size=LARGEST_REQUEST,
    )


if __name__ == "__main__":
    run("relay", relay)
