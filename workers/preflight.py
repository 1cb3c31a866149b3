"""Checks before a process starts its work. If one fails, the process refuses to start, with one sentence.

Temporal is checked in `preflight_temporal`, since the relay starts without loading its client.
"""

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

from events.kafka.broker import KafkaAwayError, KafkaRefusesError, let_in
from handoff.repeat import again_after
from handoff.store.engine import connect
from handoff.store.migrations import revisions
from handoff.store.queries import monitoring
from workers.process import UnfitError, passing
from workers.settings import Settings

_LOG = structlog.get_logger("preflight")
_AGAIN = 1.0  # seconds
_KEY = "HANDOFF_MASTER_KEY_FILE"
_USER = "set HANDOFF_POSTGRES_URL to the right user and password"
# Refusals of PostgreSQL, narrower types first: what is wrong, and what to do.
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
        "name the certificate that signed it with sslrootcert=FILE in HANDOFF_POSTGRES_URL, and the host as in it",
    ),
}
# Refusals that only the text tells: they have the same type as outages.
_BY_ITS_WORDS: Mapping[str, tuple[str, str]] = {
    "rejected SSL upgrade": (
        "does not support TLS",
        "leave sslmode out of HANDOFF_POSTGRES_URL, or enable TLS on the server",
    ),
    "unsupported startup parameter": (
        "is behind a pooler that refuses startup parameters",
        "set pool_mode=session in pgbouncer, and allow the parameters that HANDOFF_POSTGRES_URL names",
    ),
}


async def store_fits(settings: Settings) -> None:
    """Wait for PostgreSQL, then check its tables and our master key.

    A pinned worker beside a newer build accepts newer tables: migrations only add while two builds run.

    Raises:
        UnfitError: they do not fit, or PostgreSQL refuses us.
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
    """Check that the database has this version's tables.

    Raises:
        UnfitError: it has older or newer tables.
    """
    state = await revisions(conn)
    if state.newer and not newer_allowed:
        raise UnfitError(
            f"The database is of a newer version (its revision {state.found} is not known here, ours is "
            f"{state.wanted}): run that version or a newer one."
        )
    if state.missing:
        raise UnfitError(
            f"The database is of an older version ({state.found or 'no tables'}, ours is {state.wanted}): "
            "run `handoff migrate`."
        )


async def key_fits(conn: AsyncConnection, settings: Settings) -> None:
    """Check that the master key opens the sealed data of the database.

    Raises:
        UnfitError: it does not.
    """
    if await monitoring.opens(conn, settings.vault()) is False:
        where = settings.master_key_file or f"{settings.data}/secrets.json"
        raise UnfitError(
            f"The master key in {where} does not open this database's data: name the right file in {_KEY}, "
            "or restore the file from its own backup; nothing was changed."
        )


async def broker_fits(settings: Settings) -> None:
    """Check that Kafka accepts our user. A broker that is away is only logged: it is waited for later.

    Raises:
        UnfitError: Kafka refuses the user.
    """
    try:
        await let_in(settings.bootstrap, settings.kafka_login)
    except KafkaRefusesError as refusal:
        raise UnfitError(str(refusal)) from refusal
    except KafkaAwayError:
        _LOG.warning("kafka_away")


def refusal(trouble: BaseException) -> UnfitError | None:
    """PostgreSQL's refusal with a sentence for people; None: the error is an outage, which passes."""
    cause = getattr(trouble, "orig", None) or trouble
    original = cause.__cause__ or cause
    says = next((words for kind, words in _REFUSALS.items() if isinstance(original, kind)), None)
    says = says or next((words for part, words in _BY_ITS_WORDS.items() if part in str(original)), None)
    if says is None:
        return None
    return UnfitError(f"PostgreSQL {says[0]} ({type(original).__name__}): {says[1]}.")
