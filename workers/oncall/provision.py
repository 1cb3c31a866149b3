"""Plans and makes what the engine needs on its servers: database, Temporal's namespace, Kafka's topics."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import asyncpg
from confluent_kafka import KafkaException
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from events.kafka import topics
from events.kafka.broker import KafkaAwayError, let_in
from events.kafka.topics import TopicStep, WantedTopics
from handoff.profile.model import Profile
from handoff.repeat import again_after
from handoff.store import look_ups
from handoff.store.address import Address
from handoff.store.engine import connect
from handoff.store.look_ups import bring_up_to_date
from handoff.store.migrations import NewerDatabaseError, Revisions, revisions
from workers.data_folder.keys import Keys, password_of
from workers.preflight import key_fits, refusal
from workers.process import UnfitError
from workers.settings import Settings
from workflows import namespace

_CONNECT_WITHIN = 10.0  # seconds
_KNOWN_WITHIN, _KNOWN_AGAIN = 60.0, 0.5  # seconds until all of Temporal knows a new namespace
_MAINTENANCE = "postgres"  # a database that every server has


class PartAwayError(Exception):
    """A server cannot be reached; nothing was changed."""


@dataclass(frozen=True)
class Change:
    """One change: on which part, in words, and the function that makes it."""

    part: str
    says: str
    do: Callable[[], Awaitable[None]]


async def plan(settings: Settings) -> list[Change]:
    """The changes to make, in order. Planning changes nothing, so an unreachable server leaves nothing half-done.

    Raises:
        PartAwayError: a server cannot be reached.
        UnfitError: something exists that must not be changed automatically, or the master key is wrong.
        KafkaRefusesError: the broker refuses our user.
    """
    return [*await _database(settings), *await namespace_plan(settings), *await _topics(settings)]


async def _database(settings: Settings) -> list[Change]:
    try:
        async with asyncio.timeout(_CONNECT_WITHIN):
            stands, lacking = await _stands(settings)
    except (SQLAlchemyError, asyncpg.PostgresError, OSError) as trouble:
        if not _no_such_database(trouble):
            if refused := refusal(trouble):
                raise refused from trouble
            raise _away("PostgreSQL", Address.of(settings.postgres).shown) from trouble
        name = Address.of(settings.postgres).database
        make = Change("database", f"make the database {name}", lambda: _make_database(settings.postgres, name))
        return [make, _migration(settings, "all")]
    if stands.newer:
        raise UnfitError(
            f"The database is of a newer version (its revision {stands.found} is not known here); nothing was changed: "
            "provision with that version or a newer one."
        )
    if stands.missing or not lacking:
        return [_migration(settings, ", ".join(stands.missing))] if stands.missing else []
    return [Change("database", f"fill in the look-ups of {lacking} people", lambda: _migrated(settings))]


def _migration(settings: Settings, missing: str) -> Change:
    return Change("database", f"bring it to this version's tables (migrations: {missing})", lambda: _migrated(settings))


async def _migrated(settings: Settings) -> None:
    try:
        await bring_up_to_date(settings.postgres, settings.vault)
    except NewerDatabaseError as newer:
        raise UnfitError(str(newer)) from newer


async def _stands(settings: Settings) -> tuple[Revisions, int]:
    """The database's revision, and how many people lack look-ups of this version, if it has this version's tables."""
    engine = connect(settings.postgres, pool=1)
    try:
        async with engine.connect() as conn:
            current = await revisions(conn)
            if current.newer or current.missing:
                return current, 0
            await key_fits(conn, settings)
            return current, await look_ups.missing(conn)
    finally:
        await engine.dispose()


def _no_such_database(trouble: BaseException) -> bool:
    original = getattr(trouble, "orig", None) or trouble
    return isinstance(original.__cause__ or original, asyncpg.InvalidCatalogNameError)


async def _make_database(url: str, name: str) -> None:
    conn = await Address.of(url).with_database(_MAINTENANCE).connect()
    try:
        quoted = name.replace('"', '""')
        await conn.execute(f'CREATE DATABASE "{quoted}"')
    finally:
        await conn.close()


async def namespace_plan(settings: Settings) -> list[Change]:
    """The changes to make on Temporal.

    Raises:
        PartAwayError: it cannot be reached.
        UnfitError: the namespace has search attributes of another type.
    """
    try:
        async with asyncio.timeout(_CONNECT_WITHIN):
            client = await Client.connect(settings.temporal, namespace=settings.temporal_namespace)
            kept = await namespace.retention(client)
            missing = await _missing(client, settings) if kept is not None else list(namespace.ATTRIBUTES)
    except (RPCError, RuntimeError, OSError) as trouble:
        raise _away("Temporal", settings.temporal) from trouble
    days = settings.temporal_retention_days
    changes: list[Change] = []
    if kept is None:
        says = f"make the namespace {client.namespace} ({days} days)"
        changes.append(Change("Temporal", says, lambda: namespace.make(client, days)))
    elif kept < timedelta(days=days):
        says = f"keep finished runs {days} days instead of {kept.total_seconds() / 86_400:g}"
        changes.append(Change("Temporal", says, lambda: namespace.keep_for(client, days)))
    if missing:
        says = f"add the search attributes {', '.join(missing)}"
        changes.append(Change("Temporal", says, lambda: _once_known(client, missing)))
    return changes


async def _missing(client: Client, settings: Settings) -> list[str]:
    wrong = await namespace.attributes_of_another_type(client)
    if wrong:
        raise UnfitError(
            f"Temporal's namespace {client.namespace} has {', '.join(wrong)} with another type, which is fixed: "
            f"use another namespace (HANDOFF_TEMPORAL_NAMESPACE, now {settings.temporal_namespace})."
        )
    return await namespace.missing_attributes(client)


async def _once_known(client: Client, names: list[str]) -> None:
    """Add search attributes; retries while a new namespace is not known to all of Temporal."""
    async with asyncio.timeout(_KNOWN_WITHIN):
        await again_after(_KNOWN_AGAIN)(_not_found, namespace.add_attributes, client, names)


def _not_found(error: Exception) -> bool:
    return isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND


async def _topics(settings: Settings) -> list[Change]:
    try:
        admin = await let_in(settings.bootstrap, settings.kafka_login)
        steps = await asyncio.to_thread(topics.steps, admin, wanted(settings), settings.bootstrap)
    except KafkaAwayError as trouble:
        raise _away("Kafka", settings.bootstrap) from trouble
    except topics.WrongTopicError as wrong:
        raise UnfitError(str(wrong)) from wrong
    except KafkaException as trouble:
        raise PartAwayError(f"Kafka refused ({trouble.args[0].str()}); nothing was changed.") from trouble
    return [Change("Kafka", step.says, _threaded(step)) for step in steps]


def _away(part: str, where: str) -> PartAwayError:
    return PartAwayError(
        f"{part} does not answer at {where}; nothing was changed: start it, or look at its log, then try again."
    )


def wanted(settings: Settings, only: str = "") -> WantedTopics:
    """The topics, users and rights of all institutions, or only one; no users if the broker has none."""
    keys = settings.institution_keys() if settings.kafka_login else None
    single = wanted_by(settings.municipality(), keys, only)
    return replace(single, replicas=settings.kafka_replication, retention_days=settings.kafka_retention_days)


def wanted_by(profile: Profile, keys: Keys | None, only: str = "") -> WantedTopics:
    """The topics, users and rights of a profile's institutions, or only one, on a single broker."""
    codes = [code for code in profile.topics() if only in ("", code)]
    out = [code for code in profile.shut_out() if only in ("", code)]
    passwords = {code: password_of(profile, keys, code) for code in codes if code not in out} if keys else None
    return WantedTopics(codes, passwords, shut_out=out)


def _threaded(step: TopicStep) -> Callable[[], Awaitable[None]]:
    return lambda: asyncio.to_thread(topics.done, [step])
