"""Connections to PostgreSQL, and a bell (LISTEN/NOTIFY) that rings when facts or letters wait."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from handoff.store.address import Address

FACTS = "handoff_facts"  # channel: new numbered facts
OUTBOX = "handoff_outbox"  # channel: new letters in the outbox
_SAY_EVERY = 60.0  # seconds
_ANSWERS_WITHIN = 30.0  # seconds; our statements take milliseconds
_TRANSACTION_WITHIN = "SELECT set_config(name, '{}', false) FROM pg_settings WHERE name = 'transaction_timeout'"
_SAYS_WITHIN = 20.0  # seconds until PostgreSQL ends an idle transaction of ours
_SAID: dict[tuple[str, str], float] = {}

# Generic plans are kept while tables grow: one made for a nearly empty table must not be a sequential scan.
_PLAN_ONCE = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}


_LOCK_NOT_AVAILABLE = "55P03"  # SQLSTATE


@dataclass(frozen=True)
class SessionSettings:
    """Settings of the sessions of one process.

    Attributes:
        plan_once: plan each statement once per connection, with a generic plan: for look-ups by key only. Else
            PostgreSQL plans statements with arrays at each execution.
        lock_within: seconds that a statement waits for a lock before it fails; 0: no limit.
        transaction_within: seconds after which PostgreSQL ends a transaction, to free its locks; 0: no limit. A limit
            of silence alone is not enough: a statement that was cut off on its way counts as running for ever.
            PostgreSQL before 17 has no such limit.
        answers_within: seconds before a statement raises TimeoutError, since a server or network may vanish silently;
            None: no limit. With a limit PostgreSQL also ends our transactions after 20 s of silence, to free locks.
    """

    plan_once: bool = False
    lock_within: float = 0.0
    transaction_within: float = 0.0
    answers_within: float | None = _ANSWERS_WITHIN


_USUAL = SessionSettings()


def connect(url: str, pool: int = 10, name: str = "handoff", session: SessionSettings = _USUAL) -> AsyncEngine:
    """Return an engine for an address as libpq writes it; it connects on first use.

    A connection that broke in an outage fails once, then the whole pool is replaced: callers retry their transaction.
    Errors show statements without their parameters, which may be personal data.

    Args:
        url: the address; the driver that it names is ignored.
        pool: half the number of connections at most.
        name: `application_name` of the connections, in `pg_stat_activity` and PostgreSQL's log.
        session: settings of its sessions.

    Raises:
        AddressError: the address is invalid.
    """
    address, shown = Address.of(url), {"application_name": name}
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: address.connect(server_settings=shown, command_timeout=session.answers_within),
        pool_size=2 * pool,
        max_overflow=0,  # a connection beyond the pool is closed after one use, and opening one costs more than a case
        pool_use_lifo=True,  # so few connections are used, and their prepared statements are reused
        pool_timeout=10,
        hide_parameters=True,
    )
    silence = _SAYS_WITHIN if session.answers_within else 0
    limits = {"lock_timeout": session.lock_within, "idle_in_transaction_session_timeout": silence}
    parameters = {name: str(int(1000 * limit)) for name, limit in limits.items() if limit}
    settings = {**parameters, **(_PLAN_ONCE if session.plan_once else {})}
    event.listen(engine.sync_engine, "connect", _set_up(settings, session.transaction_within))
    event.listen(engine.sync_engine, "handle_error", _gone_without_a_word)
    return engine


def _gone_without_a_word(context: Any) -> None:
    """If one connection gives no answer in time, the others will not either: replace the whole pool."""
    if isinstance(context.original_exception, TimeoutError):
        context.is_disconnect = True


def lock_timed_out(trouble: BaseException) -> bool:
    """Whether a statement failed only because it waited too long for a lock."""
    return getattr(getattr(trouble, "orig", None), "sqlstate", None) == _LOCK_NOT_AVAILABLE


def error_name(trouble: BaseException) -> str:
    """The name of an error: gRPC's status, or PostgreSQL's error inside SQLAlchemy's. Never its text."""
    status, wrapped = getattr(trouble, "status", None), getattr(trouble, "orig", None)
    return getattr(status, "name", "") or type((wrapped and wrapped.__cause__) or wrapped or trouble).__name__


def _set_up(settings: Mapping[str, str], transaction_within: float) -> Callable[[Any, Any], None]:
    """Set session settings after connecting: a pooler refuses them as startup parameters."""

    def set_up(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for name, value in settings.items():
            cursor.execute(f"SET {name} = {value}")
        if transaction_within:
            cursor.execute(_TRANSACTION_WITHIN.format(int(1000 * transaction_within)))
        cursor.close()
        connection.commit()

    return set_up


async def notify(conn: AsyncConnection, channel: str) -> None:
    """Notify `channel` when this transaction commits."""
    await conn.exec_driver_sql("SELECT pg_notify($1, '')", (channel,))


def say_away(log: Any, event: str, trouble: BaseException) -> None:
    """Log a warning that a server does not answer, at most once a minute for each event and kind of error."""
    name = error_name(trouble)
    if monotonic() - _SAID.get((event, name), -_SAY_EVERY) >= _SAY_EVERY:
        _SAID[event, name] = monotonic()
        log.warning(event, error=name)


class Bell:
    """Rings when its channel is notified. It is silent while its connection is lost, so each wait has a time limit."""

    def __init__(self, url: str, channel: str) -> None:
        self._address = Address.of(url)
        self._channel = channel
        self._rung = asyncio.Event()
        self._conn: Any = None

    async def wait(self, within: float) -> bool:
        """Wait for a ring, at most `within` seconds; returns whether it rang. Reconnects if needed."""
        await self._listen()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), within)
        rung = self._rung.is_set()
        self._rung.clear()
        return rung

    def ring(self) -> None:
        """Ring it from inside this process: to stop, or because more is known to wait."""
        self._rung.set()

    async def close(self) -> None:
        """Close the connection."""
        if self._conn is not None:
            with suppress(Exception):  # it may be broken already
                await self._conn.close(timeout=1)
            self._conn = None

    async def _listen(self) -> None:
        if self._conn is not None and not self._conn.is_closed():
            return
        await self.close()
        try:
            self._conn = await self._address.connect()
            async with asyncio.timeout(5):
                await self._conn.add_listener(self._channel, lambda *_: self._rung.set())
        except Exception:  # noqa: BLE001 - whatever it raised, the next wait reconnects
            await self.close()


@asynccontextmanager
async def listening(url: str, channel: str) -> AsyncIterator[Bell]:
    """A bell on `channel` while the block runs."""
    bell = Bell(url, channel)
    try:
        yield bell
    finally:
        await bell.close()
