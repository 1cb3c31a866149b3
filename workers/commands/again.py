"""What `intake --again-since` and `relay --again-since` do."""

from collections.abc import Awaitable
from datetime import datetime
from typing import TypeVar

from confluent_kafka import KafkaException
from sqlalchemy.exc import SQLAlchemyError

from console.cli.order import Answer
from console.errors import NotFoundError, TryAgainError, UsageError
from events.kafka import again
from events.kafka.broker import KafkaAwayError, KafkaRefusesError
from handoff.store import outbox
from handoff.timezone import KST
from workers.connections import LazyConnections

T = TypeVar("T")


async def read_again(connections: LazyConnections, since: datetime, institution: str | None) -> Answer:
    """Tell the running intake to read topics again, from a moment on.

    Raises:
        UsageError: no institution with a topic has this code, or the moment is in the future.
        NotFoundError: Kafka refuses our user.
        TryAgainError: Kafka or PostgreSQL cannot be reached; nothing was changed.
    """
    _may_be(connections, since, institution)
    codes = [institution] if institution else list(connections.profile.topics())
    settings = connections.settings
    rewound = await _reached(
        again.read_again(connections.engine, (settings.bootstrap, settings.kafka_login), since, codes)
    )
    content = {"topics": [{"topic": topic.topic, "records": topic.records} for topic in rewound]}
    if not rewound:
        return Answer(content, [f"Nothing was read since {_in_words(since)}."])
    lines = [f"{topic.topic}: {topic.records} records are read again" for topic in rewound]
    return Answer(content, [*lines, "A running intake does it within seconds. Known records change nothing."])


async def send_again(connections: LazyConnections, since: datetime, institution: str | None) -> Answer:
    """Tell the relay to send letters again, with their event ids.

    Raises:
        UsageError: no institution with a topic has this code, or the moment is in the future.
        TryAgainError: PostgreSQL cannot be reached; nothing was changed.
    """
    _may_be(connections, since, institution)

    async def done() -> int:
        async with connections.engine.begin() as conn:
            return await outbox.send_again(conn, since, institution or "")

    letters = await _reached(done())
    return Answer(
        {"letters": letters}, [f"{letters} letters since {_in_words(since)} are sent again, with the same ids."]
    )


def _may_be(connections: LazyConnections, since: datetime, institution: str | None) -> None:
    if institution and institution not in connections.profile.topics():
        raise UsageError(f"No institution with a topic has the code {institution}: see `handoff institutions list`.")
    if since > connections.now():
        raise UsageError(f"{_in_words(since)} is in the future: name an earlier moment.")


async def _reached(work: Awaitable[T]) -> T:
    try:
        return await work
    except KafkaRefusesError as refusal:
        raise NotFoundError(str(refusal)) from refusal
    except (KafkaAwayError, KafkaException, TimeoutError) as away:
        raise TryAgainError("Kafka cannot be reached, nothing was changed: start it, then try again.") from away
    except (SQLAlchemyError, OSError) as away:
        raise TryAgainError("PostgreSQL cannot be reached, nothing was changed: start it, then try again.") from away


def _in_words(moment: datetime) -> str:
    return f"{moment.astimezone(KST):%Y-%m-%d %H:%M:%S} (Korean time)"
