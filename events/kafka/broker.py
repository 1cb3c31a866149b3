"""Connects to Kafka, and finds out why Kafka does not let us in."""

# confluent-kafka is typed, but does not declare what it exports.
# mypy: disable-error-code="attr-defined, dict-item"

import asyncio
import socket
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from events.kafka.login import Login

_WITHIN = 5.0  # seconds
_TRIES = (0.5, 1.5, 3.0)  # seconds of each try: a refusal shows in the first, a slow broker answers by the last


class KafkaAwayError(Exception):
    """Kafka does not answer. It may later."""


class KafkaRefusesError(Exception):
    """Kafka answers and does not let us in. Waiting does not help: the message says what to set."""


class TopicIds:
    """Asks for the ids of topics, which aiokafka does not know. A topic that is deleted and made again has a new id."""

    def __init__(self, bootstrap: str, login: Login | None) -> None:
        self._where = bootstrap, login
        self._admin: AdminClient | None = None

    async def __call__(self, topics: Collection[str]) -> dict[str, str]:
        """Ids by topic. Topics that do not exist are left out.

        Raises:
            KafkaException: Kafka does not answer, or refuses.
        """
        return await asyncio.to_thread(self._ask, sorted(topics)) if topics else {}

    def _ask(self, topics: list[str]) -> dict[str, str]:
        bootstrap, login = self._where
        if self._admin is None:
            settings = login.librdkafka(bootstrap) if login else {"bootstrap.servers": bootstrap}
            self._admin = AdminClient({**settings, "log_level": 0})
        ids = {}
        for topic, answer in self._admin.describe_topics(TopicCollection(topics), request_timeout=_WITHIN).items():
            try:
                ids[topic] = str(answer.result(2 * _WITHIN).topic_id)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                    raise
        return ids


@dataclass
class _Complaints:
    """Errors that librdkafka reports while it connects."""

    said: list[Any] = field(default_factory=list)

    def refused(self) -> bool:
        return any(error.code() == KafkaError._AUTHENTICATION for error in self.said)  # noqa: SLF001 - its public name

    def dropped(self) -> bool:
        """Whether connections were made, and closed when we sent a request."""
        return not any(error.code() == KafkaError._TRANSPORT for error in self.said)  # noqa: SLF001 - its public name


async def let_in(bootstrap: str, login: Login | None) -> AdminClient:
    """Connect as an administrator. Returns a client that Kafka has let in.

    Raises:
        KafkaRefusesError: Kafka asks for credentials, or refuses ours.
        KafkaAwayError: it does not answer.
    """
    return await asyncio.to_thread(_let_in, bootstrap, login)


def lets_in(bootstrap: str, login: Login) -> bool:
    """Whether Kafka accepts a user's password. Waits for the answer.

    Raises:
        KafkaAwayError: it does not answer.
    """
    try:
        _let_in(bootstrap, login)
    except KafkaRefusesError:
        return False
    return True


def _let_in(bootstrap: str, login: Login | None) -> AdminClient:
    complaints = _Complaints()
    settings = login.librdkafka(bootstrap) if login else {"bootstrap.servers": bootstrap}
    admin = AdminClient({**settings, "log_level": 0, "error_cb": complaints.said.append})
    for within in _TRIES:
        try:
            admin.list_topics(timeout=within)
        except KafkaException as error:
            admin.poll(0)  # delivers the errors to `error_cb`
            if complaints.refused() or within == _TRIES[-1]:
                raise _why(bootstrap, login, complaints) from error
        else:
            break
    return admin


def _why(bootstrap: str, login: Login | None, complaints: _Complaints) -> Exception:
    if complaints.refused():
        return KafkaRefusesError(
            f"Kafka at {bootstrap} refuses the user {login.user if login else ''} or its password: "
            "set HANDOFF_KAFKA_USERNAME and HANDOFF_KAFKA_PASSWORD."
        )
    if login is None and complaints.dropped() and _listens(bootstrap):
        return KafkaRefusesError(
            f"Kafka at {bootstrap} asks for credentials (or for TLS): set HANDOFF_KAFKA_USERNAME and "
            "HANDOFF_KAFKA_PASSWORD."
        )
    return KafkaAwayError(f"Kafka does not answer at {bootstrap}.")


def _listens(bootstrap: str) -> bool:
    host, _, port = bootstrap.partition(",")[0].rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=2):
            return True
    except OSError:
        return False
