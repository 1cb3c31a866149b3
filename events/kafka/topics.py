"""The institutions' topics, users and rights on Kafka: finds what differs from the target, and mends it."""

# confluent-kafka is typed, but does not declare what it exports and forbids the `None` that its own docs ask for.
# mypy: disable-error-code="attr-defined, arg-type, union-attr"

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from events.kafka.broker import let_in
from events.kafka.login import Login, topic_from, topic_to
from events.kafka.users import delete_user, may_arrange_users, refused, set_password, users

_WITHIN = 60.0  # seconds for an answer
_DAY_MS = 24 * 60 * 60 * 1000
# Records are deleted by age and never compacted. A record of 900 kB fits.
TOPIC_SETTINGS = {"retention.ms": str(30 * _DAY_MS), "max.message.bytes": "2097152", "cleanup.policy": "delete"}
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]*")
SHORTEST_DAYS = 14  # an institution that was away for a week still finds all records
_FOR_EVER = -1


class WrongTopicError(Exception):
    """A topic cannot be mended without losing records or their order. The message says what to do."""


@dataclass(frozen=True)
class WantedTopics:
    """The target: what there should be on Kafka.

    Attributes:
        institutions: their codes.
        passwords: of their Kafka users, by code; None: we do not manage users and rights.
        shut_out: codes of institutions without any right: suspended or removed.
        replicas: of each topic.
        retention_days: for how many days records are kept at least.

    Raises:
        ValueError: a code has other characters than lower-case letters, digits, `-` and `_`.
    """

    institutions: Sequence[str]
    passwords: Mapping[str, str] | None
    replicas: int = 1
    retention_days: int = 30
    shut_out: Sequence[str] = ()

    def __post_init__(self) -> None:
        wrong = [code for code in self.institutions if not _CODE.fullmatch(code)]
        if wrong:
            raise ValueError(f"Not an institution's code (lower-case letters, digits, - and _): {', '.join(wrong)}")


@dataclass(frozen=True)
class TopicStep:
    """One change: in words, and a function that asks the broker for it. The futures have the answers."""

    says: str
    ask: Callable[[], "Iterable[Future[Any]]"]


async def provision(bootstrap: str, engine: Login | None, target: WantedTopics) -> list[str]:
    """Bring Kafka to the target. Repeating it is harmless.

    Args:
        bootstrap: the broker.
        engine: a user with every right; None: the broker knows no users.
        target: what there should be.

    Returns:
        What was changed, in words.

    Raises:
        KafkaRefusesError: the broker does not let us in, or does not let us make the changes.
        KafkaAwayError: the broker does not answer.
        WrongTopicError: a topic has more than one partition.
        KafkaException: the broker refused or did not answer.
    """
    admin = await let_in(bootstrap, engine)
    differing = await asyncio.to_thread(steps, admin, target, bootstrap)
    await asyncio.to_thread(done, differing)
    return [step.says for step in differing]


def done(differing: Iterable[TopicStep]) -> None:
    """Make the changes, all at once.

    Raises:
        KafkaException: the broker refused or did not answer.
    """
    for answer in [answer for step in differing for answer in step.ask()]:
        try:
            answer.result(_WITHIN)
        except KafkaException as refusal:
            if refusal.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:  # another process was quicker
                raise


def steps(admin: AdminClient, target: WantedTopics, bootstrap: str) -> list[TopicStep]:
    """The changes that are needed to reach the target. Changes nothing.

    Raises:
        WrongTopicError: a topic has more than one partition, so that a sender's events would lose their order.
        KafkaRefusesError: the broker does not let us manage users and rights.
        KafkaException: the broker refused or did not answer.
    """
    there = admin.list_topics(timeout=_WITHIN).topics
    names = [name for code in target.institutions for name in (topic_from(code), topic_to(code))]
    for name in names:
        if name in there and len(there[name].partitions) != 1:
            raise WrongTopicError(
                f"Topic {name} has {len(there[name].partitions)} partitions, and must have one to keep its order: "
                "let its records be read, delete it, then provision again."
            )
    made = [_topic(admin, name, target) for name in names if name not in there]
    mended = _settings(admin, [name for name in names if name in there], target)
    if target.passwords is None:
        return [*made, *mended]
    may_arrange_users(admin)
    return [*made, *mended, *_users(admin, target, bootstrap), *_rights(admin, target)]


def too_short(admin: AdminClient, institutions: Sequence[str]) -> list[str]:
    """Topics that keep records for less than two weeks: an institution that was away could miss some."""
    there = admin.list_topics(timeout=_WITHIN).topics
    names = [name for code in institutions for name in (topic_from(code), topic_to(code)) if name in there]
    configs = _described(admin, names)
    return [name for name, now in configs.items() if _kept_ms(now) < SHORTEST_DAYS * _DAY_MS]


def _topic(admin: AdminClient, name: str, target: WantedTopics) -> TopicStep:
    settings = {**TOPIC_SETTINGS, "retention.ms": str(target.retention_days * _DAY_MS)}
    topic = NewTopic(name, num_partitions=1, replication_factor=target.replicas, config=settings)

    return TopicStep(f"make topic {name} (one partition, {target.retention_days} days)", lambda: _made(admin, topic))


def _made(admin: AdminClient, topic: NewTopic) -> "Iterable[Future[Any]]":
    return admin.create_topics([topic], operation_timeout=_WITHIN).values()


def _settings(admin: AdminClient, names: Sequence[str], target: WantedTopics) -> list[TopicStep]:
    topic_steps = []
    for name, now in _described(admin, names).items():
        wrong = {key: value for key, value in TOPIC_SETTINGS.items() if key != "retention.ms" and now[key] != value}
        if _kept_ms(now) < target.retention_days * _DAY_MS:
            wrong["retention.ms"] = str(target.retention_days * _DAY_MS)
        if wrong:
            changes = ", ".join(f"{key} {now[key]} -> {value}" for key, value in wrong.items())
            topic_steps.append(TopicStep(f"set topic {name}: {changes}", partial(_set, admin, name, wrong)))
    return topic_steps


def _set(admin: AdminClient, name: str, settings: Mapping[str, str]) -> "Iterable[Future[Any]]":
    entries = [ConfigEntry(k, v, incremental_operation=AlterConfigOpType.SET) for k, v in settings.items()]
    resource = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=entries)
    return admin.incremental_alter_configs([resource]).values()


def _described(admin: AdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    answers = admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, name) for name in names])
    return {
        topic.name: {key: str(entry.value) for key, entry in future.result(_WITHIN).items()}
        for topic, future in answers.items()
    }


def _kept_ms(settings: Mapping[str, str]) -> float:
    kept = int(settings["retention.ms"])
    return float("inf") if kept == _FOR_EVER else kept


def _users(admin: AdminClient, target: WantedTopics, bootstrap: str) -> list[TopicStep]:
    """Changes for users that are missing, have another password, or are shut out."""
    passwords = target.passwords or {}
    there = users(admin, [*passwords, *target.shut_out])
    missing = [code for code in passwords if code not in there]
    other = refused(bootstrap, {code: passwords[code] for code in passwords if code in there})
    gone = [code for code in target.shut_out if code in there]
    return [
        *(
            TopicStep(f"make Kafka user {code}", partial(set_password, admin, code, passwords[code]))
            for code in missing
        ),
        *(
            TopicStep(f"set Kafka user {code}'s new password", partial(set_password, admin, code, passwords[code]))
            for code in other
        ),
        *(TopicStep(f"delete Kafka user {code}", partial(delete_user, admin, code)) for code in gone),
    ]


def _rights(admin: AdminClient, target: WantedTopics) -> list[TopicStep]:
    everything = AclBindingFilter(
        ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY
    )
    ours = {f"User:{code}" for code in (*target.institutions, *target.shut_out)}
    now = {acl for acl in admin.describe_acls(everything).result(_WITHIN) if acl.principal in ours}
    should = {acl for code in target.institutions if code not in target.shut_out for acl in _rights_of(code)}
    given = [TopicStep(f"let {_said(acl)}", partial(_give, admin, acl)) for acl in sorted(should - now, key=_said)]
    taken = [
        TopicStep(f"no longer let {_said(acl)}", partial(_take, admin, acl)) for acl in sorted(now - should, key=_said)
    ]
    return given + taken


def _give(admin: AdminClient, acl: AclBinding) -> "Iterable[Future[Any]]":
    return admin.create_acls([acl]).values()


def _take(admin: AdminClient, acl: AclBinding) -> "Iterable[Future[Any]]":
    return admin.delete_acls([_exactly(acl)]).values()


def _said(acl: AclBinding) -> str:
    return f"{acl.principal.removeprefix('User:')} {AclOperation(acl.operation).name.lower()} {acl.name}"


def _rights_of(institution: str) -> list[AclBinding]:
    """All rights of an institution: write its notices, read its answers, use consumer groups under its name."""
    return [
        _allow(institution, ResourceType.TOPIC, topic_from(institution), AclOperation.WRITE),
        _allow(institution, ResourceType.TOPIC, topic_to(institution), AclOperation.READ),
        _allow(institution, ResourceType.GROUP, f"{institution}.", AclOperation.READ),
    ]


def _allow(institution: str, kind: ResourceType, name: str, operation: AclOperation) -> AclBinding:
    pattern = ResourcePatternType.PREFIXED if kind == ResourceType.GROUP else ResourcePatternType.LITERAL
    return AclBinding(kind, name, pattern, f"User:{institution}", "*", operation, AclPermissionType.ALLOW)


def _exactly(acl: AclBinding) -> AclBindingFilter:
    """The filter that matches this right and no other."""
    return AclBindingFilter(
        acl.restype,
        acl.name,
        acl.resource_pattern_type,
        acl.principal,
        acl.host,
        acl.operation,
        acl.permission_type,
    )
