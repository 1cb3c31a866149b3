"""What a process makes sure of before it works: better to refuse in one sentence than to do half of it wrongly."""

import ssl
from collections.abc import Mapping

import structlog
from asyncpg import (
    InsufficientPrivilegeError,
    InvalidAuthorizationSpecificationError,
    InvalidCatalogNameError,
    InvalidPasswordError,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from events.kafka.broker import KafkaAwayError, KafkaRefusesError, let_in
from handoff.repeat import again_after
from handoff.store.engine import connect
from handoff.store.migrations import revisions
from handoff.store.queries import monitoring
from workers.process import UnfitError, passing
from workers.settings import Settings
from workflows.namespace import builds, missing_attributes

_LOG = structlog.get_logger("preflight")
_AGAIN = 1.0  # seconds
_KEY = "HANDOFF_MASTER_KEY_FILE"
_USER = "set HANDOFF_POSTGRES_URL to the right user and password"
# What it says of how we come to it, the narrower kind first: what is wrong, and what to do.
_REFUSALS: Mapping[type[BaseException], tuple[str, str]] = {
    InvalidPasswordError: ("refuses the password", _USER),
    InvalidAuthorizationSpecificationError: ("refuses the user", _USER),
    InvalidCatalogNameError: ("has no such database", "`handoff provision` makes it, or set HANDOFF_POSTGRES_URL"),
    InsufficientPrivilegeError: (
        "refuses this user a right",
        "let it own the database that HANDOFF_POSTGRES_URL names",
    ),
    ssl.SSLCertVerificationError: (
        "shows a certificate that is not trusted",
        "name the one that signed it with sslrootcert=FILE in HANDOFF_POSTGRES_URL, and the host as it names it",
    ),
}
# What its kind does not tell: a pooler uses one code for outages and for parameters; no TLS is any broken connection.
_BY_ITS_WORDS: Mapping[str, tuple[str, str]] = {
    "rejected SSL upgrade": (
        "speaks no TLS",
        "leave sslmode out of HANDOFF_POSTGRES_URL, or have the server take TLS",
    ),
    "unsupported startup parameter": (
        "has a pooler before it that refuses how we connect",
        "let pgbouncer pool sessions (pool_mode=session), and pass the parameters that HANDOFF_POSTGRES_URL names",
    ),
}


async def store_fits(settings: Settings) -> None:
    """Wait for PostgreSQL; returns once its tables and our master key fit.

    A worker that runs beside a newer one may find newer tables: migrations only add while two builds run.

    Raises:
        UnfitError: they do not fit, or PostgreSQL does not let us in.
    """
    engine = connect(settings.postgres, pool=1)
    try:
        await again_after(_AGAIN)(passing(_LOG, "store_away"), _fits, engine, settings)
    finally:
        await engine.dispose()


async def _fits(engine: AsyncEngine, settings: Settings) -> None:
    try:
        async with engine.connect() as conn:
            await tables_fit(conn, newer_allowed=settings.worker_versioning == "pinned")
            await key_fits(conn, settings)
    except Exception as trouble:
        if refused := refusal(trouble):
            raise refused from trouble
        raise


async def tables_fit(conn: AsyncConnection, *, newer_allowed: bool = False) -> None:
    """Whether the database has this version's tables.

    Raises:
        UnfitError: it has older or newer ones.
    """
    found = await revisions(conn)
    if found.newer and not newer_allowed:
        raise UnfitError(
            f"The database is of a newer version (its revision {found.found} is not known here, ours is "
            f"{found.wanted}): run that version or a newer one."
        )
    if found.missing:
        raise UnfitError(
            f"The database is of an older version ({found.found or 'no tables'}, ours is {found.wanted}): "
            "run `handoff migrate`."
        )


async def key_fits(conn: AsyncConnection, settings: Settings) -> None:
    """Whether the master key opens what the database holds: with another one, everybody would be lost.

    Raises:
        UnfitError: it does not.
    """
    if await monitoring.opens(conn, settings.vault()) is False:
        where = settings.master_key_file or f"{settings.data}/secrets.json"
        raise UnfitError(
            f"The master key in {where} does not open what this database holds: name the right file in {_KEY}, "
            "or restore it from its own backup; nothing was changed."
        )


async def namespace_fits(client: Client) -> None:
    """Whether Temporal's namespace has what a case needs.

    Raises:
        UnfitError: it is not there, or it lacks search attributes.
        RPCError: Temporal cannot be asked.
    """
    try:
        missing = await missing_attributes(client)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        raise UnfitError(f"Temporal has no namespace {client.namespace}: run `handoff provision`.") from error
    if missing:
        raise UnfitError(
            f"Temporal's namespace {client.namespace} lacks the search attributes {', '.join(missing)}: "
            "run `handoff provision`."
        )


async def versioning_fits(client: Client, settings: Settings) -> None:
    """Whether Temporal would give this worker any work.

    Raises:
        UnfitError: all of it goes to a build, and this worker is not pinned to one.
        RPCError: Temporal cannot be asked.
    """
    current = [each.build for each in await builds(client) if each.current]
    if settings.worker_versioning == "off" and current:
        raise UnfitError(
            f"New cases go to build {current[0]}, and to no worker that is not pinned: set "
            "HANDOFF_WORKER_VERSIONING=pinned, or run `handoff builds --current off` first."
        )


async def broker_fits(settings: Settings) -> None:
    """Whether Kafka lets us in; a broker that is away is no matter, for it is waited for later.

    Raises:
        UnfitError: it does not.
    """
    try:
        await let_in(settings.bootstrap, settings.kafka_login)
    except KafkaRefusesError as refusal:
        raise UnfitError(str(refusal)) from refusal
    except KafkaAwayError:
        _LOG.warning("kafka_away")


def refusal(trouble: BaseException) -> UnfitError | None:
    """PostgreSQL's no in words, which waiting would not change; None: an outage, which passes."""
    cause = getattr(trouble, "orig", None) or trouble
    original = cause.__cause__ or cause
    says = next((words for kind, words in _REFUSALS.items() if isinstance(original, kind)), None)
    says = says or next((words for part, words in _BY_ITS_WORDS.items() if part in str(original)), None)
    if says is None:
        return None
    return UnfitError(f"PostgreSQL {says[0]} ({type(original).__name__}): {says[1]}.")
