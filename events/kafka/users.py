"""Kafka's users: which of them exist, which have another password, and how to change both."""

# confluent-kafka is typed, but does not declare what it exports.
# mypy: disable-error-code="attr-defined"

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclOperation,
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from events.kafka.broker import KafkaRefusesError, lets_in
from events.kafka.login import Login

_WITHIN = 60.0  # seconds for an answer
_ITERATIONS = 4096
_AT_ONCE = 8  # logins that are tried at the same time


def may_arrange_users(admin: AdminClient) -> None:
    """Check that we may manage users and rights. Without the right, librdkafka 2.16 aborts the process when asked.

    Raises:
        KafkaRefusesError: we may not.
    """
    cluster = admin.describe_cluster(include_authorized_operations=True).result(_WITHIN)
    if not {AclOperation.ALTER, AclOperation.DESCRIBE} <= set(cluster.authorized_operations or ()):
        raise KafkaRefusesError(
            "Kafka does not let us make users and rights: let our user ALTER and DESCRIBE the cluster, or make it a "
            "super user."
        )


def users(admin: AdminClient, codes: Sequence[str]) -> set[str]:
    """Which of these codes are Kafka users with a password."""
    if not codes:
        return set()
    there = set()
    answers: Any = admin.describe_user_scram_credentials(list(codes))  # one answer for each named user
    for code, future in answers.items():
        try:
            future.result(_WITHIN)
            there.add(code)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.RESOURCE_NOT_FOUND:
                raise
    return there


def refused(bootstrap: str, passwords: Mapping[str, str]) -> list[str]:
    """Users who have another password. A broker does not reveal passwords, so each is tried.

    Raises:
        KafkaAwayError: the broker does not answer.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        taken = pool.map(lambda code: lets_in(bootstrap, Login(code, passwords[code])), passwords)
        return [code for code, ok in zip(passwords, taken, strict=True) if not ok]


def set_password(admin: AdminClient, code: str, password: str) -> "Iterable[Future[Any]]":
    """Make a user, or change its password. Open connections stay open."""
    how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, _ITERATIONS)
    return admin.alter_user_scram_credentials([UserScramCredentialUpsertion(code, how, password.encode())]).values()


def delete_user(admin: AdminClient, code: str) -> "Iterable[Future[Any]]":
    """Delete a user, so that Kafka refuses its next login."""
    return admin.alter_user_scram_credentials(
        [UserScramCredentialDeletion(code, ScramMechanism.SCRAM_SHA_256)]
    ).values()
